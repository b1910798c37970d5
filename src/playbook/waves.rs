//! How a play is cut into waves, and how many targets may fail in one. Pure.
//!
//! The main type here is [`Size`]. Ansible's rules: a percentage is of the play's total, rounded
//! down, at least one; the last entry of a list repeats; 0 means all that are left. A wave stops
//! the run when *more* than `max_fail_percentage` of it failed; unlike Ansible, unreachable
//! targets count as failed.

/// One entry of `serial`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many targets; 0 is all that are left.
    Count(usize),
    /// So many percent of the play's targets.
    Percent(usize),
}

impl Size {
    /// Reads `5` or `30%`.
    pub fn parse(text: &str) -> Option<Size> {
        let text = text.trim();
        match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse().ok().map(Size::Percent),
            None => text.parse().ok().map(Size::Count),
        }
    }

    fn of(self, total: usize) -> usize {
        match self {
            Size::Count(count) => count,
            Size::Percent(percent) => (percent.saturating_mul(total) / 100).max(1),
        }
    }
}

/// The sizes of the waves that `serial` cuts from `total` targets. No `serial`: one wave.
pub fn cut(total: usize, serial: &[Size]) -> Vec<usize> {
    let mut waves = Vec::new();
    let mut left = total;
    while left > 0 {
        let size = serial.get(waves.len()).or(serial.last());
        let wanted = size.map_or(0, |size| size.of(total));
        let wave = if wanted == 0 { left } else { wanted.min(left) };
        waves.push(wave);
        left -= wave;
    }
    waves
}

/// Whether `failed` of `size` is more than `percentage` allows.
pub fn exceeded(failed: usize, size: usize, percentage: f64) -> bool {
    share(failed, size) > percentage
}

/// How many targets of a wave of `size` may fail before the run stops.
pub fn allowed(size: usize, percentage: f64) -> usize {
    let fits = |failed: &usize| !exceeded(*failed, size, percentage);
    (0..=size).rev().find(fits).unwrap_or(0)
}

/// Why a run stops: `2 of 6 failed = 33 % > 20 %`.
pub fn verdict(failed: usize, size: usize, percentage: f64) -> String {
    let share = share(failed, size);
    let digits = usize::from(share.round() <= percentage);
    format!("{failed} of {size} failed = {share:.digits$} % > {percentage} %")
}

#[expect(clippy::cast_precision_loss, reason = "counts of targets are small")]
fn share(failed: usize, size: usize) -> f64 {
    if size == 0 {
        return 0.0;
    }
    failed as f64 * 100.0 / size as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn serial(entries: &[&str]) -> Vec<Size> {
        entries.iter().filter_map(|e| Size::parse(e)).collect()
    }

    #[test]
    fn waves_are_cut_as_ansible_cuts_them() {
        let cases: &[(usize, &[&str], &[usize])] = &[
            (10, &[], &[10]),
            (10, &["0"], &[10]),
            (10, &["3"], &[3, 3, 3, 1]),
            (10, &["30%"], &[3, 3, 3, 1]),
            (10, &["1%"], &[1; 10]),
            (10, &["1", "30%", "5"], &[1, 3, 5, 1]),
            (10, &["1", "0"], &[1, 9]),
            (438, &["1", "10%", "50%"], &[1, 43, 219, 175]),
            (418, &["1", "10%", "50%"], &[1, 41, 209, 167]),
            (3, &["100"], &[3]),
            (7, &["100%"], &[7]),
            (0, &["3"], &[]),
        ];
        for (total, entries, waves) in cases {
            assert_eq!(
                &cut(*total, &serial(entries)),
                waves,
                "{total} by {entries:?}"
            );
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["abc", "-1", "", "%", "1.5", "x%", "10 percent"] {
            assert_eq!(Size::parse(text), None, "{text}");
        }
        assert_eq!(Size::parse(" 30 % "), Some(Size::Percent(30)));
    }

    #[test]
    fn a_percentage_must_be_exceeded() {
        let cases = [
            (1, 3, 33.0, true),
            (1, 3, 34.0, false),
            (2, 10, 19.0, true),
            (2, 10, 20.0, false),
            (0, 10, 0.0, false),
            (1, 10, 0.0, true),
            (10, 10, 100.0, false),
        ];
        for (failed, size, percentage, stops) in cases {
            let got = exceeded(failed, size, percentage);
            assert_eq!(got, stops, "{failed} of {size} at {percentage}");
        }
    }

    #[test]
    fn the_reason_never_reads_as_equal() {
        assert_eq!(verdict(2, 6, 20.0), "2 of 6 failed = 33 % > 20 %");
        assert_eq!(verdict(1, 3, 33.0), "1 of 3 failed = 33.3 % > 33 %");
    }

    proptest! {
        #[test]
        fn every_target_is_in_one_wave(total in 0usize..3000, counts in prop::collection::vec(0usize..400, 0..4)) {
            let serial: Vec<Size> = counts.into_iter().map(Size::Count).collect();
            let waves = cut(total, &serial);
            prop_assert_eq!(waves.iter().sum::<usize>(), total);
            prop_assert!(waves.iter().all(|wave| *wave > 0));
        }

        #[test]
        fn allowed_is_where_the_run_begins_to_stop(size in 1usize..500, percentage in 0f64..100.0) {
            let allowed = allowed(size, percentage);
            prop_assert!(!exceeded(allowed, size, percentage));
            prop_assert!(exceeded(allowed + 1, size, percentage));
        }
    }
}
