use rust_load::{clock, engine, wire};
use std::process::exit;
use std::sync::mpsc::sync_channel;
use std::thread;

fn main() {
    clock::ignore_interrupts();
    let (sender, incoming) = sync_channel(16);
    // A thread of its own, which sleeps while a load is played: the end of stdin is ours at once.
    thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        loop {
            match wire::read_line(&mut stdin) {
                // Nobody takes it only where the process ends already.
                Ok(Some(message)) => drop(sender.send(message)),
                // The parent is gone, however it ended: nothing is left to do.
                Ok(None) => exit(0),
                Err(error) => fail(&error.to_string()),
            }
        }
    });
    if let Err(message) = engine::run(&incoming) {
        fail(&message);
    }
}

fn fail(message: &str) -> ! {
    eprintln!("the generator was sent {message}");
    exit(1);
}
