fn main() -> std::process::ExitCode {
    standards_registry::cli::main()
}
