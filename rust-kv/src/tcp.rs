//! How connections begin and end, whatever is said on them.

use std::{
    io,
    net::{self, SocketAddr, ToSocketAddrs},
    time::Duration,
};

use socket2::{Domain, Socket, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use crate::limits::LINGER;

/// How many connections may wait to be accepted: a load generator opens all of
/// its own at once.
const BACKLOG: i32 = 4096;

/// How long not to accept after a failure, which most likely is one of too many
/// open files.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on the first address that `addr` stands for and that can be had.
pub(crate) fn listen(addr: &str) -> io::Result<net::TcpListener> {
    let context = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}"))
    };
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for addr in addr.to_socket_addrs().map_err(context)? {
        match listen_on(addr) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(context(failure))
}

fn listen_on(addr: SocketAddr) -> io::Result<net::TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    // Lets a restart take its port back from connections in TIME_WAIT; a port that
    // someone listens on stays taken.
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The next connection, whatever fails before it.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        let accepted = listener.accept().await;
        match accepted.and_then(|(stream, _)| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return stream,
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Ends a connection in a way that lets the client read the last answer: closed with
/// something unread, it would be reset.
pub(crate) async fn linger(mut stream: TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    stream.shutdown().await?;
    let drain = async { while matches!(stream.read(buffer).await, Ok(1..)) {} };
    let _ = timeout(LINGER, drain).await;
    Ok(())
}
