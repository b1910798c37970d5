//! `Sprintf`: reads the format string and picks the arguments.

use super::printer::Printer;
use super::spec::Spec;
use crate::value::Value;

/// Go's bound on widths, precisions and argument numbers.
const TOO_LARGE: usize = 1_000_000;

/// The state of one `Sprintf`.
struct Formatter<'a> {
    rest: &'a str,
    args: &'a [Value],
    /// The argument that the next verb takes.
    next: usize,
    /// An argument index such as `[3]` was used: extra arguments are no error.
    reordered: bool,
    /// The last index was valid.
    good_index: bool,
    /// The last thing read was an index.
    after_index: bool,
    printer: Printer,
}

pub(super) fn append(out: &mut String, format: &str, args: &[Value]) {
    let mut formatter = Formatter {
        rest: format,
        args,
        next: 0,
        reordered: false,
        good_index: true,
        after_index: false,
        printer: Printer::at_end_of(out),
    };
    while let Some((text, rest)) = formatter.rest.split_once('%') {
        formatter.printer.out.push_str(text);
        formatter.rest = rest;
        formatter.verb();
    }
    formatter.printer.out.push_str(formatter.rest);
    formatter.extra();
    *out = formatter.printer.out;
}

impl Formatter<'_> {
    /// Everything from behind `%` to the verb and its argument.
    fn verb(&mut self) {
        self.good_index = true;
        self.after_index = false;
        // Nearly all verbs are these.
        if let Some(rest) = self.rest.strip_prefix(['s', 'v'])
            && let Some(Value::Str(text)) = self.args.get(self.next)
        {
            self.printer.out.push_str(text);
            self.rest = rest;
            self.next += 1;
            return;
        }
        let mut spec = self.flags();
        self.index();
        self.width(&mut spec);
        self.precision(&mut spec);
        if !self.after_index {
            self.index();
        }
        let mut characters = self.rest.chars();
        match characters.next() {
            None => self.printer.out.push_str("%!(NOVERB)"),
            Some(verb) => {
                self.rest = characters.as_str();
                self.apply(spec, verb);
            }
        }
    }

    fn apply(&mut self, spec: Spec, verb: char) {
        let out = &mut self.printer.out;
        match self.args.get(self.next) {
            _ if verb == '%' => out.push('%'),
            _ if !self.good_index => {
                out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(BADINDEX)"])
            }
            None => out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(MISSING)"]),
            Some(arg) => {
                let value_verb = matches!(verb, 'v' | 'w');
                self.printer.spec = if value_verb { spec.for_value() } else { spec };
                self.printer.arg(arg, verb);
                self.next += 1;
            }
        }
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        loop {
            match self.rest.as_bytes().first() {
                Some(b'#') => spec.sharp = true,
                Some(b'0') => spec.zero = true,
                Some(b'+') => spec.plus = true,
                Some(b'-') => spec.minus = true,
                Some(b' ') => spec.space = true,
                _ => return spec,
            }
            self.rest = &self.rest[1..];
        }
    }

    fn width(&mut self, spec: &mut Spec) {
        if self.eat('*') {
            let number = self.number_argument();
            if number.is_none() {
                self.printer.out.push_str("%!(BADWIDTH)");
            }
            if number.is_some_and(|n| n < 0) {
                spec.minus = true;
                spec.zero = false;
            }
            spec.width = number.map(|n| usize::try_from(n.unsigned_abs()).unwrap_or(0));
            self.after_index = false;
            return;
        }
        spec.width = self.number();
        if self.after_index && spec.width.is_some() {
            self.good_index = false;
        }
    }

    fn precision(&mut self, spec: &mut Spec) {
        // A lone point at the end is the verb.
        if self.rest.len() < 2 || !self.eat('.') {
            return;
        }
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if self.eat('*') {
            let number = self.number_argument();
            spec.precision = number.and_then(|n| usize::try_from(n).ok());
            if spec.precision.is_none() {
                self.printer.out.push_str("%!(BADPREC)");
            }
            self.after_index = false;
        } else {
            spec.precision = Some(self.number().unwrap_or(0));
        }
    }

    /// An argument index `[n]`.
    fn index(&mut self) {
        self.after_index = false;
        if !self.rest.starts_with('[') {
            return;
        }
        self.reordered = true;
        let Some(close) = self.rest.find(']') else {
            self.good_index = false;
            self.rest = &self.rest[1..];
            return;
        };
        let number = parse_number(&self.rest[1..close]);
        self.rest = &self.rest[close + 1..];
        self.after_index = number.is_some();
        match number.and_then(|n| n.checked_sub(1)) {
            Some(at) if at < self.args.len() => self.next = at,
            _ => self.good_index = false,
        }
    }

    /// A `*`: the next argument, which must be an integer of a sane size.
    fn number_argument(&mut self) -> Option<i64> {
        let number = match self.args.get(self.next)? {
            Value::Int(n) | Value::Int64(n) => Some(*n),
            Value::Uint64(n) => i64::try_from(*n).ok(),
            _ => None,
        };
        self.next += 1;
        number.filter(|n| n.unsigned_abs() <= TOO_LARGE as u64)
    }

    /// Digits of the format string. A number that is too large eats the rest
    /// of the format, as in Go.
    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (text, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let number = parse_number(text);
        if number.is_none() && digits > 0 {
            self.rest = "";
        }
        number
    }

    fn eat(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn extra(&mut self) {
        if self.reordered || self.next >= self.args.len() {
            return;
        }
        self.printer.spec = Spec::default();
        self.printer.out.push_str("%!(EXTRA ");
        for (at, arg) in self.args[self.next..].iter().enumerate() {
            if at > 0 {
                self.printer.out.push_str(", ");
            }
            if !arg.is_nil() {
                self.printer.out.extend([arg.type_name(), "="]);
            }
            self.printer.arg(arg, 'v');
        }
        self.printer.out.push(')');
    }
}

fn parse_number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    // Go checks before it adds the last digit.
    number.filter(|n| n / 10 <= TOO_LARGE)
}
