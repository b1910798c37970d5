//! The flags of one verb, and padding.

/// Flags, width and precision between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Spec {
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub minus: bool,
    pub plus: bool,
    pub sharp: bool,
    pub space: bool,
    pub zero: bool,
    /// `%#v`.
    pub sharp_v: bool,
}

impl Spec {
    /// For `%v`, `#` means Go syntax, and `+` the field names of structs, which
    /// objects print as they like.
    pub fn for_value(self) -> Spec {
        Spec {
            sharp_v: self.sharp,
            plus: false,
            sharp: false,
            ..self
        }
    }

    /// Appends `text`, padded to the width (counted in runes).
    pub fn pad(&self, out: &mut String, text: &str) {
        let missing = self.width.map_or(0, |width| {
            width.saturating_sub(if width == 0 { 0 } else { text.chars().count() })
        });
        if self.minus {
            out.push_str(text);
            self.padding(out, missing);
        } else {
            self.padding(out, missing);
            out.push_str(text);
        }
    }

    /// As [`Spec::pad`], with blanks whatever the `0` flag says.
    pub fn pad_blank(&self, out: &mut String, text: &str) {
        Spec {
            zero: false,
            ..*self
        }
        .pad(out, text);
    }

    /// Appends `count` padding characters.
    pub fn padding(&self, out: &mut String, count: usize) {
        let fill = if self.zero && !self.minus { '0' } else { ' ' };
        out.extend(std::iter::repeat_n(fill, count));
    }

    /// Cuts `text` to the precision (in runes).
    pub fn truncate<'a>(&self, text: &'a str) -> &'a str {
        let cut = self
            .precision
            .and_then(|most| text.char_indices().nth(most));
        cut.map_or(text, |(at, _)| &text[..at])
    }
}
