//! Writes what JavaScript loads the verifier with: `hallmark-bindings FILE.wasm FOLDER`.

use std::{env, error::Error, io};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let [module, folder] = env::args_os().skip(1).collect::<Vec<_>>().try_into().map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidInput, "name the compiled module and the folder to write to")
    })?;
    let mut bindings = Bindgen::new();
    bindings.input_path(module).web(true)?.omit_default_module_path(true).typescript(true).remove_name_section(true);
    Ok(bindings.generate(folder)?)
}
