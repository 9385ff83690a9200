//! References: those written in a value, and what looks like one in raw bytes. For
//! `evidence/changes/values.py` and `dangling.py`.

#![forbid(unsafe_code)]

use std::ffi::CStr;

use crate::State;
use crate::ffi::{self, Answer, Borrowed, Function, Object, Stop};
use crate::lexer::is_white;
use crate::scan::pair;

/// The classes that are or hold references, registered once.
pub struct Kinds {
    reference: Object,
    dictionary: Object,
    stream: Object,
    array: Object,
}

/// `setup_graph(Ref, Dict, Stream)`: takes the classes to be told apart, and says True.
pub struct SetupGraph;

impl Function for SetupGraph {
    const NAME: &'static CStr = c"setup_graph";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[reference, dictionary, stream] = arguments else {
            return Err(ffi::type_error(c"three arguments: Ref, Dict, Stream"));
        };
        let made = Kinds {
            reference: reference.own(),
            dictionary: dictionary.own(),
            stream: stream.own(),
            array: ffi::list_class(),
        };
        state.kinds.set(made).map_err(|_| Stop::Unclean)?;
        Ok(ffi::boolean(true))
    }
}

/// `references(value)`: every reference written in it, none of them followed.
pub struct References;

impl Function for References {
    const NAME: &'static CStr = c"references";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[value] = arguments else {
            return Err(ffi::type_error(c"one argument: value"));
        };
        let kinds = state.kinds()?;
        let (mut found, mut stack) = (Vec::new(), vec![value.own()]);
        while let Some(item) = stack.pop() {
            let class = item.borrow().class()?;
            if class.is(&kinds.reference) {
                found.push(item);
            } else if class.is(&kinds.dictionary) {
                item.borrow().each_pair(|_, inner| {
                    stack.push(inner);
                    Ok(())
                })?;
            } else if class.is(&kinds.array) {
                item.borrow().each_item(|inner| stack.push(inner))?;
            } else if class.is(&kinds.stream) {
                stack.push(item.borrow().attribute(c"dict")?);
            }
        }
        ffi::list(found.into_iter())
    }
}

/// `same(left, right)`: whether two values are equal as written, where no stream needs to be read and
/// no two kinds be compared.
pub struct Same;

impl Function for Same {
    const NAME: &'static CStr = c"same";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[left, right] = arguments else {
            return Err(ffi::type_error(c"two arguments: left, right"));
        };
        Ok(ffi::boolean(same(state.kinds()?, left.own(), right.own())?))
    }
}

/// `differing(old, new)`: the keys of two dictionaries whose values are not the same, those of the new
/// one first; a key that one of them has not got stands for null.
pub struct Differing;

impl Function for Differing {
    const NAME: &'static CStr = c"differing";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[old, new] = arguments else {
            return Err(ffi::type_error(c"two arguments: old, new"));
        };
        let (kinds, none, mut found) = (state.kinds()?, ffi::none(), Vec::new());
        new.each_pair(|key, value| {
            let before = old.under(key.borrow())?.unwrap_or_else(|| none.clone());
            if !same(kinds, before, value)? {
                found.push(key);
            }
            Ok(())
        })?;
        old.each_pair(|key, value| {
            if !value.is(&none) && new.under(key.borrow())?.is_none() {
                found.push(key);
            }
            Ok(())
        })?;
        ffi::list(found.into_iter())
    }
}

/// Whether two values are equal as written.
fn same(kinds: &Kinds, left: Object, right: Object) -> Answer<bool> {
    let none = ffi::none();
    let mut pairs = vec![(left, right)];
    while let Some((one, other)) = pairs.pop() {
        if one.is(&other) {
            continue;
        }
        let class = one.borrow().class()?;
        let alike = if class.is(&other.borrow().class()?) {
            if class.is(&kinds.dictionary) {
                take_values(&one, &other, &mut pairs)?
            } else if class.is(&kinds.array) {
                take_items(&one, &other, &mut pairs)?
            } else if class.is(&kinds.stream) {
                return Err(Stop::Unclean);
            } else {
                one.borrow().equals(other.borrow())?
            }
        } else if one.is(&none) || other.is(&none) {
            false
        } else {
            return Err(Stop::Unclean);
        };
        if !alike {
            return Ok(false);
        }
    }
    Ok(true)
}

type Pairs = Vec<(Object, Object)>;

/// Take the values of two dictionaries by their keys; says whether these are the same.
fn take_values(one: &Object, other: &Object, pairs: &mut Pairs) -> Answer<bool> {
    if one.borrow().size_of_dict()? != other.borrow().size_of_dict()? {
        return Ok(false);
    }
    let mut all = true;
    one.borrow().each_pair(|key, value| {
        match other.borrow().under(key.borrow())? {
            Some(found) => pairs.push((value, found)),
            None => all = false,
        }
        Ok(())
    })?;
    Ok(all)
}

/// Take the items of two arrays in their order; says whether there are as many.
fn take_items(one: &Object, other: &Object, pairs: &mut Pairs) -> Answer<bool> {
    let (mine, theirs) = (one.borrow(), other.borrow());
    let length = mine.length()?;
    if length != theirs.length()? {
        return Ok(false);
    }
    for index in 0..length {
        pairs.push((mine.item(index)?, theirs.item(index)?));
    }
    Ok(true)
}

/// `foreshadowing(data, start, end, wanted, limits)`: places and numbers of references to those wanted,
/// which are 64-bit integers in ascending order, each with the place before which it counts; and the
/// ends of what Python has to look at.
pub struct Foreshadowing;

impl Function for Foreshadowing {
    const NAME: &'static CStr = c"foreshadowing";
    type State = State;

    fn call(_: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, start, end, wanted, limits] = arguments else {
            return Err(ffi::type_error(c"five arguments: data, start, end, wanted, limits"));
        };
        let data = data.bytes()?.get(..end.size()?).ok_or(Stop::Unclean)?;
        let wanted = Wanted { numbers: wanted.integers()?, limits: limits.integers()? };
        if wanted.numbers.len() != wanted.limits.len() {
            return Err(Stop::Unclean);
        }
        let (hits, odd) = search(data, start.size()?, &wanted)?;
        let pair = |&(place, number)| ffi::tuple([ffi::size(place)?, ffi::int(number)?]);
        let hits = hits.iter().map(pair).collect::<Answer<Vec<_>>>()?;
        ffi::tuple([ffi::list(hits.into_iter())?, ffi::sizes(odd)?])
    }
}

/// Numbers in ascending order, and before which place a reference to each counts.
struct Wanted<'a> {
    numbers: &'a [[u8; 8]],
    limits: &'a [[u8; 8]],
}

impl Wanted<'_> {
    fn counts(&self, number: i64, place: usize) -> bool {
        let found = self.numbers.binary_search_by(|bytes| i64::from_ne_bytes(*bytes).cmp(&number));
        found.is_ok_and(|index| (place as i64) < i64::from_ne_bytes(self.limits[index]))
    }
}

/// More of what Python has to look at, and it does better on its own.
const MOST_ODD: usize = 50;

type Hits = Vec<(usize, i64)>;

fn search(data: &[u8], start: usize, wanted: &Wanted<'_>) -> Answer<(Hits, Vec<usize>)> {
    let (mut found, mut odd) = (Vec::new(), Vec::new());
    let mut from = start;
    while let Some(space) = pair(data, from, |a, b| (b == b'R') & (a <= b' ')) {
        let at = space + 1;
        from = at;
        if !is_white(data[space]) {
            continue;
        }
        let Ok(reference) = before(data, start, at) else {
            odd.push(at);
            if odd.len() > MOST_ODD {
                return Err(Stop::Unclean);
            }
            continue;
        };
        if let Some((place, digits)) = reference {
            let number = digits.iter().fold(0, |sum, b| sum * 10 + i64::from(b - b'0'));
            if wanted.counts(number, place) {
                found.push((place, number));
            }
        }
    }
    Ok((found, odd))
}

/// What stands before the letter of a reference: where it begins, and its number.
fn before(data: &[u8], start: usize, at: usize) -> Answer<Option<(usize, &[u8])>> {
    let Some(end) = last_digit(data, start, at)? else { return Ok(None) };
    let generation = digits(data, start, end);
    if end - generation > 5 {
        return Ok(None);
    }
    let Some(end) = last_digit(data, start, generation)? else { return Ok(None) };
    let first = digits(data, start, end);
    if end - first > 10 || first == start || !may_precede(data[first - 1]) {
        return Ok(None);
    }
    if data[first] == b'0' {
        return Err(Stop::Unclean); // Python decides whether that counts as the number
    }
    Ok(Some((first - 1, &data[first..end])))
}

/// The end of the digits that stand before the white space before `at`; None where there are none.
///
/// NOTE: Whoever writes a comment into a reference has Python look for it.
fn last_digit(data: &[u8], start: usize, at: usize) -> Answer<Option<usize>> {
    let spaces = data[start..at].iter().rev().take_while(|&&b| is_white(b)).count();
    let end = at - spaces;
    if spaces == 0 || end == start {
        return Ok(None);
    }
    let has_line_end = data[end..at].iter().any(|&b| b == b'\r' || b == b'\n');
    if has_line_end && data[end.saturating_sub(COMMENT)..at].contains(&b'%') {
        return Err(Stop::Unclean);
    }
    Ok(data[end - 1].is_ascii_digit().then_some(end))
}

/// Where the digits begin that end at `end`; of more than a number can have, the last of them.
fn digits(data: &[u8], start: usize, end: usize) -> usize {
    end - data[start..end].iter().rev().take(11).take_while(|b| b.is_ascii_digit()).count()
}

/// Bytes before a line's end in which the comment that it ends may begin.
const COMMENT: usize = 202;

/// White space, a delimiter, or the end of `obj`.
fn may_precede(byte: u8) -> bool {
    is_white(byte) || b"[]()<>{}j".contains(&byte)
}
