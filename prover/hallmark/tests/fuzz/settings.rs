//! Files of settings, which may come with somebody else's model.

use std::path::Path;

use hallmark_cli::parse_settings;

use crate::harness::Target;
use crate::mutate::mutate;

#[test]
fn settings() {
    let seeds = [
        b"rpc = \"http://127.0.0.1:8545\"\nchain = 31337\nregistry = \"0x11\"\n".to_vec(),
        b"# a comment\n\"srs\" = 'srs.bin'\nkeystore = \"\"\"k\"\"\"\npassword_file = \"\\u0070\"\n".to_vec(),
        b"[market]\na = [[1, 2.5], {b = true}, 1979-05-27T07:32:00Z]\n".to_vec(),
    ];
    Target {
        name: "settings",
        max_memory: 4,
        input: &|rng| mutate(&seeds, rng),
        read: &|bytes| match parse_settings(bytes, Path::new("folder")) {
            Ok(_) => true,
            // What is said of a file does not steer the terminal.
            Err(fault) => {
                assert!(!fault.to_string().contains(char::is_control), "{fault}");
                false
            }
        },
    }
    .run();
}
