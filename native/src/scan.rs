//! Looking through raw bytes for a word: `evidence/pdf/audit.py` and `signatures.py`.

#![forbid(unsafe_code)]

use std::ffi::CStr;

use crate::State;
use crate::ffi::{self, Answer, Borrowed, Function, Object, Stop};
use crate::lexer::{is_regular, white};

/// `places(data, start, end, word, after, known)`: where the word stands, but not right after
/// `after`, nor where it is known to: 64-bit integers in ascending order. At most `MOST` places;
/// who gets as many asks again from behind the last.
pub struct Places;

/// What a caller can be asked to hold: a hostile file consists of such words.
const MOST: usize = 4096;

impl Function for Places {
    const NAME: &'static CStr = c"places";
    type State = State;

    fn call(_: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, start, end, word, after, known] = arguments else {
            return Err(ffi::type_error(c"six arguments: data, start, end, word, after, known"));
        };
        let (data, word, after) = (data.bytes()?, word.bytes()?, after.bytes()?);
        let (start, end) = (start.size()?, end.size()?.min(data.len()));
        let mut known = known.integers()?;
        if word.len() < 2 {
            return Err(Stop::Unclean);
        }
        let mut found = Vec::new();
        let mut from = start;
        while let Some(at) = next(&data[..end], from, word) {
            from = at + word.len();
            let place = i64::try_from(at).map_err(|_| Stop::Unclean)?;
            let behind = known.partition_point(|bytes| i64::from_ne_bytes(*bytes) < place);
            known = &known[behind..];
            if known.first().is_some_and(|bytes| i64::from_ne_bytes(*bytes) == place)
                || (!after.is_empty() && data[..at].ends_with(after))
            {
                continue;
            }
            found.push(at);
            if found.len() == MOST {
                break;
            }
        }
        ffi::sizes(found)
    }
}

/// `signature_traces(data, start, end)`: where a /ByteRange starts, or a /Type of a signature; at most
/// `MOST` places, as above.
pub struct SignatureTraces;

impl Function for SignatureTraces {
    const NAME: &'static CStr = c"signature_traces";
    type State = State;

    fn call(_: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, start, end] = arguments else {
            return Err(ffi::type_error(c"three arguments: data, start, end"));
        };
        let (data, start, end) = (data.bytes()?, start.size()?, end.size()?);
        let data = &data[..end.min(data.len())];
        let mut found = Vec::new();
        let mut from = start;
        while let Some(at) = pair(data, from, |a, b| (a == b'/') & ((b == b'B') | (b == b'T'))) {
            from = at + 1;
            if is_trace(&data[at..]) {
                found.push(at);
                if found.len() == MOST {
                    break;
                }
            }
        }
        ffi::sizes(found)
    }
}

/// Whether the data begin with what only signature dictionaries hold.
fn is_trace(data: &[u8]) -> bool {
    let named = |data: &[u8], name: &[u8]| {
        data.starts_with(name) && data.get(name.len()).is_none_or(|&byte| !is_regular(byte))
    };
    if named(data, b"/ByteRange") {
        return true;
    }
    let Some(value) = data.strip_prefix(b"/Type") else { return false };
    let value = &value[white(value, 0)..];
    named(value, b"/Sig") || named(value, b"/DocTimeStamp")
}

/// Bytes compared at a time; few enough that a hit costs little, and a compiler's to do at once.
const STRIDE: usize = 64;

/// Where a word of two bytes or more stands first, at or behind `from`.
fn next(data: &[u8], mut from: usize, word: &[u8]) -> Option<usize> {
    let (first, second) = (word[0], word[1]);
    loop {
        let at = pair(data, from, |a, b| (a == first) & (b == second))?;
        if data[at..].starts_with(word) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Where the first two bytes stand of which `wanted` is true, at or behind `from`.
pub fn pair(data: &[u8], from: usize, wanted: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let mut at = from;
    while let (Some(here), Some(there)) = (data.get(at..at + STRIDE), data.get(at + 1..=at + STRIDE)) {
        if here.iter().zip(there).fold(false, |seen, (&a, &b)| seen | wanted(a, b)) {
            break;
        }
        at += STRIDE;
    }
    let found = data.get(at..)?.windows(2).position(|pair| wanted(pair[0], pair[1]));
    found.map(|place| at + place)
}
