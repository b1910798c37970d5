//! Which plain scalars are timestamps for go-yaml v2.
//!
//! They stay strings when read; the emitter must quote them. The four layouts
//! are Go's `2006-1-2`, `2006-1-2T15:4:5.999999999Z07:00` (`T` or `t`) and
//! `2006-1-2 15:4:5.999999999`.

/// Whether Go's `time.Parse` takes `text` with one of the layouts.
pub(super) fn is_timestamp(text: &str) -> bool {
    let mut scan = Scan(text.as_bytes());
    let Some(()) = scan.date() else { return false };
    match scan.next() {
        None => true,
        Some(b'T' | b't') => scan.time().and_then(|()| scan.zone()).is_some() && scan.done(),
        Some(b' ') => scan.time().is_some() && scan.done(),
        Some(_) => false,
    }
}

struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn done(&self) -> bool {
        self.0.is_empty()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// A number of at most `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let len = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let len = len.min(most);
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        let value = digits.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        (len >= least).then_some(value)
    }

    fn skip_digits(&mut self) {
        let len = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        self.0 = &self.0[len..];
    }

    fn date(&mut self) -> Option<()> {
        let year = self.number(4, 4)?;
        self.expect(b'-')?;
        let month = self.number(1, 2)?;
        self.expect(b'-')?;
        let day = self.number(1, 2)?;
        (day >= 1 && day <= days_in(year, month)?).then_some(())
    }

    fn time(&mut self) -> Option<()> {
        let hour = self.number(1, 2)?;
        self.expect(b':')?;
        let minute = self.number(1, 2)?;
        self.expect(b':')?;
        let second = self.number(1, 2)?;
        if let [b'.' | b',', b'0'..=b'9', ..] = self.0 {
            self.next();
            self.skip_digits();
        }
        (hour < 24 && minute < 60 && second < 60).then_some(())
    }

    fn zone(&mut self) -> Option<()> {
        match self.next()? {
            b'Z' => Some(()),
            b'+' | b'-' => {
                let hour = self.number(2, 2)?;
                self.expect(b':')?;
                let minute = self.number(2, 2)?;
                (hour <= 24 && minute < 60).then_some(())
            }
            _ => None,
        }
    }
}

fn days_in(year: u32, month: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}
