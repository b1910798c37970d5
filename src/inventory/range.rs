//! Host ranges: `c[001:300]`, `h[a:c]`, `h[1:10:3]`, several per name.
//!
//! Both ends are included; the width of a padded beginning is kept. What Ansible expands to
//! nothing (`[5:3]`) or leaves unexpanded (`[1-3]`) is an error here.

/// Most names that one key may stand for.
const MOST: usize = 1_000_000;

/// The names that `pattern` stands for, left ranges varying slowest.
pub fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let mut names = vec![String::new()];
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('[') {
        let (range, after) = after
            .split_once(']')
            .ok_or_else(|| format!("\"{pattern}\" has a [ without its ]"))?;
        let items = items(range).map_err(|why| format!("range [{range}] {why}"))?;
        if names.len().saturating_mul(items.len()) > MOST {
            return Err(format!("\"{pattern}\" stands for more than {MOST} hosts"));
        }
        names = cross(&names, before, &items);
        rest = after;
    }
    if rest.contains(']') {
        return Err(format!("\"{pattern}\" has a ] without its ["));
    }
    names.iter_mut().for_each(|name| name.push_str(rest));
    Ok(names)
}

fn cross(names: &[String], before: &str, items: &[String]) -> Vec<String> {
    let all = |name: &String| -> Vec<String> {
        items
            .iter()
            .map(|item| format!("{name}{before}{item}"))
            .collect()
    };
    names.iter().flat_map(all).collect()
}

/// The items of `begin:end` or `begin:end:step`.
fn items(range: &str) -> Result<Vec<String>, String> {
    let parts: Vec<&str> = range.split(':').collect();
    let (begin, end, step) = match parts[..] {
        [begin, end] => (begin, end, "1"),
        [begin, end, step] => (begin, end, step),
        _ => return Err("must be begin:end or begin:end:step".to_owned()),
    };
    if end.is_empty() {
        return Err("needs an end".to_owned());
    }
    let step: usize = match step.parse() {
        Ok(step) if step > 0 => step,
        _ => {
            return Err(format!(
                "has a step of \"{step}\"; it must be a number from 1"
            ));
        }
    };
    let begin = if begin.is_empty() { "0" } else { begin };
    let letter = |text: &str| {
        text.bytes()
            .next()
            .filter(|b| text.len() == 1 && b.is_ascii_alphabetic())
    };
    match (letter(begin), letter(end)) {
        (Some(begin), Some(end)) => letters(begin, end, step),
        _ => numbers(begin, end, step),
    }
}

/// One letter each, `a`–`z` then `A`–`Z`.
fn letters(begin: u8, end: u8, step: usize) -> Result<Vec<String>, String> {
    let alphabet = (b'a'..=b'z').chain(b'A'..=b'Z');
    let place = |letter: u8| {
        if letter.is_ascii_lowercase() {
            letter
        } else {
            letter + 64
        }
    };
    let (first, last) = (place(begin), place(end));
    if first > last {
        return Err("begins after its end".to_owned());
    }
    let inside = alphabet.filter(|letter| (first..=last).contains(&place(*letter)));
    Ok(inside
        .step_by(step)
        .map(|letter| char::from(letter).to_string())
        .collect())
}

fn numbers(begin: &str, end: &str, step: usize) -> Result<Vec<String>, String> {
    let number = |text: &str| match text.parse::<usize>() {
        Ok(value) if text.bytes().all(|b| b.is_ascii_digit()) => Ok(value),
        _ => Err("needs two numbers or two single letters".to_owned()),
    };
    let (first, last) = (number(begin)?, number(end)?);
    let padded = begin.len() > 1 && begin.starts_with('0');
    if padded && begin.len() != end.len() {
        return Err("has ends of different widths".to_owned());
    }
    if first > last {
        return Err("begins after its end".to_owned());
    }
    if (last - first) / step >= MOST {
        return Err(format!("stands for more than {MOST} hosts"));
    }
    let width = if padded { begin.len() } else { 0 };
    Ok((first..=last)
        .step_by(step)
        .map(|n| format!("{n:0width$}"))
        .collect())
}
