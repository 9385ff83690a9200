//! The busiest parts of sigcheck's PDF reader (`sigcheck.evidence.native`), optional.
//!
//! One rule keeps this small and equal to the Python it stands in for: only what is clean is
//! handled. At anything unusual a function returns None, and the Python code does the work from
//! the start (docs/adr/0010).

mod ffi;

use ffi::{Answer, Borrowed, Function, Method, Module, Object};
use std::ffi::{CStr, c_long};

/// Counted up with every change of what a function takes or returns: `native.py` wants this one.
const INTERFACE: c_long = 1;

/// What the functions share: the classes they build of.
#[derive(Default)]
pub struct State {}

/// `ready()`: True.
struct Ready;

impl Function for Ready {
    const NAME: &'static CStr = c"ready";
    type State = State;

    fn call(_: &State, _: &[Borrowed<'_>]) -> Answer<Object> {
        Ok(ffi::boolean(true))
    }
}

struct Native;

impl Module for Native {
    const NAME: &'static CStr = c"sigcheck_native";
    const INTERFACE: c_long = INTERFACE;
    type State = State;

    fn methods() -> Vec<Method<State>> {
        vec![ffi::method::<Ready>()]
    }
}

/// The one name Python looks for in the library.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn PyInit_sigcheck_native() -> *mut ffi::PyObject {
    ffi::define::<Native>()
}
