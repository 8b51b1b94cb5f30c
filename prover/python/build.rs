//! Tells the linker of macOS that the interpreter has what the module lacks. Other linkers do not ask.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
