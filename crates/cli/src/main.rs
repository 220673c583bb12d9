//! The `afterimage` command. Everything that it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    afterimage_cli::main()
}
