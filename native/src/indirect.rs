//! One indirect object at its place in the file: `evidence/pdf/indirect.py`, for what is clean.

#![forbid(unsafe_code)]

use std::ffi::CStr;

use crate::State;
use crate::ffi::{self, Answer, Borrowed, Function, Object, Stop};
use crate::lexer::{self, digits, skip, white};

/// Where a word ends that stands at `at`.
fn after(data: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    data.get(at..)?.starts_with(word).then_some(at + word.len())
}

/// A whole number with white space after it, and where the next token is.
fn counted(data: &[u8], at: usize, longest: usize) -> Option<(i64, usize)> {
    let (value, end) = digits(data, at, longest)?;
    let next = white(data, end);
    (next > end).then_some((value, next))
}

/// Where a stream's data begin, after the `stream` that stands at `at`.
fn stream_start(data: &[u8], at: usize) -> Option<usize> {
    let end = after(data, at, b"stream")?;
    let spaces = data[end..].iter().take_while(|&&byte| byte == b' ').count();
    let line_end = end + spaces;
    if spaces > 8 {
        return None;
    }
    after(data, line_end, b"\r\n").or_else(|| after(data, line_end, b"\n"))
}

/// `read_object(data, at, depth)`: number, generation, value, where the header starts and the value
/// ends; where the object ends and -1, or -1 and where its stream's data begin.
pub struct ReadObject;

impl Function for ReadObject {
    const NAME: &'static CStr = c"read_object";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, at, depth] = arguments else {
            return Err(ffi::type_error(c"three arguments: data, at, depth"));
        };
        let (data, at, depth) = (data.bytes()?, at.size()?, depth.size()?);
        let start = white(data, at);
        if start - at > 32 {
            return Err(Stop::Unclean);
        }
        let (num, next) = counted(data, start, 10).ok_or(Stop::Unclean)?;
        let (generation, next) = counted(data, next, 5).ok_or(Stop::Unclean)?;
        let next = after(data, next, b"obj").ok_or(Stop::Unclean)?;
        let (value, stop) = lexer::value(state.classes()?, data, next, depth, true)?;
        let keyword = skip(data, stop);
        let (end, stream) = match after(data, keyword, b"endobj") {
            Some(end) => (ffi::size(end)?, ffi::int(-1)?),
            // Only a dictionary ends so: what else is before a `stream` is Python's to judge.
            None if stop >= 2 && &data[stop - 2..stop] == b">>" => {
                (ffi::int(-1)?, ffi::size(stream_start(data, keyword).ok_or(Stop::Unclean)?)?)
            }
            None => return Err(Stop::Unclean),
        };
        let (num, generation) = (ffi::int(num)?, ffi::int(generation)?);
        ffi::tuple([num, generation, value, ffi::size(start)?, ffi::size(stop)?, end, stream])
    }
}

/// `stream_end(data, at)`: where the object ends whose stream's data end at `at`.
pub struct StreamEnd;

impl Function for StreamEnd {
    const NAME: &'static CStr = c"stream_end";
    type State = State;

    fn call(_: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, at] = arguments else {
            return Err(ffi::type_error(c"two arguments: data, at"));
        };
        let (data, at) = (data.bytes()?, at.size()?);
        let keyword = white(data, at);
        if keyword - at > 8 {
            return Err(Stop::Unclean);
        }
        let end = after(data, keyword, b"endstream").ok_or(Stop::Unclean)?;
        ffi::size(after(data, skip(data, end), b"endobj").ok_or(Stop::Unclean)?)
    }
}
