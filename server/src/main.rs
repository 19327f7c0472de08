//! `twinline`: the server and its command line.

fn main() -> std::process::ExitCode {
    twinline_server::cli::main()
}
