//! The command line.

use std::{ffi::OsString, num::NonZeroUsize, thread};

use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};

use crate::limits::{MAX_NULL, MAX_WORKERS};

/// What `--help` prints.
pub const USAGE: &str = "\
Usage: rust-kv [--addr HOST:PORT] [--admin-addr HOST:PORT] [--workers N]
               [--null BYTES]

  --addr HOST:PORT        where the store listens (default 127.0.0.1:0)
  --admin-addr HOST:PORT  where the admin port listens (default 127.0.0.1:0)
  --workers N             worker threads, 1 to 512 (default: the CPUs that this
                          process may run on)
  --null BYTES            store nothing, and answer every GET with BYTES bytes,
                          0 to 1048512
  --help                  print this
  --version               print the version

Port 0 takes a free port. The first line on standard output says which.
";

/// A complete, checked configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the store listens, as `HOST:PORT`.
    pub addr: String,
    /// Where the admin port listens, as `HOST:PORT`.
    pub admin_addr: String,
    /// How many workers there are, 1 to 512.
    pub workers: usize,
    /// The bytes of every value, 0 to 1048512, if there is to be no store.
    pub null: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: "127.0.0.1:0".to_owned(),
            admin_addr: "127.0.0.1:0".to_owned(),
            workers: thread::available_parallelism()
                .map_or(1, NonZeroUsize::get)
                .min(MAX_WORKERS),
            null: None,
        }
    }
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Serve(Config),
    Help,
    Version,
}

/// Parses the arguments after the program's name.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut parser = Parser::from_args(args);
    let mut config = Config::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("addr") => config.addr = parser.value()?.parse_with(host_and_port)?,
            Long("admin-addr") => config.admin_addr = parser.value()?.parse_with(host_and_port)?,
            Long("workers") => config.workers = parser.value()?.parse_with(workers)?,
            Long("null") => config.null = Some(parser.value()?.parse_with(null)?),
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Serve(config))
}

fn host_and_port(value: &str) -> Result<String, &'static str> {
    match value.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(value.to_owned())
        }
        _ => Err("expected HOST:PORT"),
    }
}

fn workers(value: &str) -> Result<usize, &'static str> {
    match value.parse() {
        Ok(workers @ 1..=MAX_WORKERS) => Ok(workers),
        _ => Err("expected a number from 1 to 512"),
    }
}

fn null(value: &str) -> Result<usize, &'static str> {
    match value.parse() {
        Ok(bytes @ 0..=MAX_NULL) => Ok(bytes),
        _ => Err("expected a number from 0 to 1048512"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        super::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn good_lines() {
        assert_eq!(parse(""), Ok(Command::Serve(Config::default())));
        assert_eq!(
            parse("--addr [::1]:80 --admin-addr=localhost:0 --workers 3"),
            Ok(Command::Serve(Config {
                addr: "[::1]:80".to_owned(),
                admin_addr: "localhost:0".to_owned(),
                workers: 3,
                null: None,
            }))
        );
        for bytes in [0, MAX_NULL] {
            assert_eq!(
                parse(&format!("--null {bytes}")),
                Ok(Command::Serve(Config {
                    null: Some(bytes),
                    ..Config::default()
                }))
            );
        }
        assert_eq!(parse("--help --nonsense"), Ok(Command::Help));
        assert_eq!(parse("--version"), Ok(Command::Version));
    }

    #[test]
    fn bad_lines_are_told_in_one_line() {
        for line in [
            "--nonsense",
            "-x",
            "extra",
            "--addr",
            "--addr nonsense",
            "--addr :80",
            "--addr h:65536",
            "--admin-addr h:",
            "--workers",
            "--workers 0",
            "--workers 513",
            "--workers -1",
            "--workers x",
            "--null",
            "--null 1048513",
            "--null -1",
            "--null 1.5",
            "--null x",
        ] {
            let error = parse(line).expect_err(line);
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
