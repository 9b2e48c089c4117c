use std::{
    env,
    future::Future,
    io::{self, Write},
    process::{self, ExitCode},
    thread,
};

use rust_kv::{
    NAME, Server, VERSION, block_on,
    flags::{self, Command, Config},
};
use serde_json::json;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = match flags::parse(env::args_os().skip(1)) {
        Ok(Command::Serve(config)) => block_on(serve(config)),
        Ok(Command::Help) => io::stdout().write_all(flags::USAGE.as_bytes()),
        Ok(Command::Version) => writeln!(io::stdout(), "{NAME} {VERSION}"),
        Err(error) => {
            eprintln!("{NAME}: {error}\nTry '{NAME} --help'.");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{NAME}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> io::Result<()> {
    let server = Server::bind(&config)?;
    let line = json!({
        "event": "listening",
        "name": NAME,
        "version": VERSION,
        "addr": server.addr()?.to_string(),
        "adminAddr": server.admin_addr()?.to_string(),
        "pid": process::id(),
        "workers": config.workers,
    });
    // Before the line is out: whoever reads it may send a signal at once.
    let stop = stop()?;
    server.run(|| writeln!(io::stdout(), "{line}"), stop).await
}

/// Ends at SIGTERM, at SIGINT and at the end of standard input.
fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (closed, stdin) = oneshot::channel();
    // A plain thread: it blocks in a read that nothing can interrupt, and a runtime
    // would wait for it at the end.
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = closed.send(());
    });
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = stdin => {}
        }
    })
}
