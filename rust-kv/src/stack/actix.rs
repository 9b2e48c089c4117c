//! actix-web: a thread and an event loop of its own for each worker, among which
//! another thread deals the connections.

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    net::TcpListener,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::{BodySize, MessageBody},
    dev::{self, Payload, RequestHead},
    http::{
        ConnectionType, StatusCode, Version,
        header::{self, HeaderMap, HeaderValue},
    },
    rt, web,
};
use bytes::Bytes;
use tokio::{runtime::Handle, time::sleep};

use crate::{
    admin::Admin,
    answer::Reply,
    body::Incoming,
    handler::Handler,
    limits::{DRAIN, IDLE, LINGER},
};

/// Its tasks are in `LocalSet`s.
pub(crate) const TASKS_ARE_KNOWN: bool = false;

/// Runs the program: what starts servers, and hears of signals.
pub fn block_on<T>(program: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    rt::System::new().block_on(program)
}

/// A port that is being served.
pub(crate) struct Running(dev::ServerHandle);

impl Running {
    /// Accepts no more, and waits until requests under way are answered.
    pub(crate) async fn stop(self) {
        self.0.stop(true).await;
    }
}

pub(crate) async fn serve_store(
    listener: TcpListener,
    workers: usize,
    handler: Handler,
) -> io::Result<Running> {
    let stats = Arc::clone(&handler.stats);
    let worker = move || {
        handler.stats.add_runtime(Handle::current().metrics());
        let handler = Rc::new(handler.clone());
        move |request, payload| answer(Rc::clone(&handler), request, payload)
    };
    let connected = move || stats.count_connection();
    start(http(listener, workers, worker, connected)?).await
}

pub(crate) async fn serve_admin(listener: TcpListener, admin: Arc<Admin>) -> io::Result<Running> {
    let worker = move || {
        let admin = Arc::clone(&admin);
        move |request: HttpRequest, _| {
            let reply = admin.reply(request.method().as_str(), request.path().as_bytes());
            async move { respond(reply, None) }
        }
    };
    start(http(listener, 1, worker, || ())?).await
}

/// A server that gets a handler for each worker from `worker`, called on the
/// worker's thread, and that calls `connected` for each connection.
fn http<F, H, R>(
    listener: TcpListener,
    workers: usize,
    worker: F,
    connected: impl Fn() + Send + Sync + 'static,
) -> io::Result<dev::Server>
where
    F: Fn() -> H + Clone + Send + 'static,
    H: Fn(HttpRequest, web::Payload) -> R + Clone + 'static,
    R: Future<Output = HttpResponse> + 'static,
{
    let app = move || App::new().default_service(web::to(worker()));
    Ok(HttpServer::new(app)
        .workers(workers)
        .keep_alive(IDLE)
        // For the first head. The default of 5 s would hit clients that open their
        // connections ahead of time.
        .client_request_timeout(IDLE)
        .tcp_nodelay(true)
        .on_connect(move |_, connection| {
            connection.insert(Ended::default());
            connected();
        })
        .shutdown_timeout(DRAIN.as_secs())
        // `stop` is the only thing that stops it: actix's own SIGINT does not drain.
        .disable_signals()
        .listen(listener)?
        .run())
}

/// Starts the threads of `server` and runs it in the background.
async fn start(mut server: dev::Server) -> io::Result<Running> {
    let handle = server.handle();
    // The first poll does all the starting, so a failure to start shows in it.
    let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut server).poll(cx))).await;
    match first {
        Poll::Pending => {
            rt::spawn(server);
            Ok(Running(handle))
        }
        Poll::Ready(Err(error)) => Err(error),
        Poll::Ready(Ok(())) => Err(io::Error::other("the server ended as it started")),
    }
}

/// Kept with each connection: whether an answer has ended it.
///
/// actix decodes pipelined requests ahead and calls the handler for each of them,
/// also after an answer with `Connection: close`.
#[derive(Default)]
struct Ended(Cell<bool>);

async fn answer(handler: Rc<Handler>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let ended = request.conn_data::<Ended>();
    if ended.is_some_and(|ended| ended.0.get()) {
        return hang_up().await;
    }
    let head = request.head();
    let mut incoming = Incoming::new(length(&head.headers), payload.into_inner());
    let method = head.method.as_str();
    let path = head.uri.path().as_bytes();
    let mut reply = handler.reply(method, path, &mut incoming).await;
    reply.close |= ends_connection(head);
    if let Some(ended) = ended {
        ended.0.set(reply.close);
    }
    respond(reply, incoming.into_unread())
}

/// How long a body is, or `None` if only its chunks can tell.
///
/// Without either header there is no body. A payload may exist all the same: actix
/// takes what follows CONNECT or `Upgrade: websocket` for a stream without end, and
/// whoever read that would wait for ever.
fn length(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Some(length.unwrap_or(0))
}

/// Whether the request asks for the connection to end with its answer.
///
/// So does HTTP/1.0, and so does an upgrade, which is never taken: actix would
/// promise it in a header of the answer and close the connection.
fn ends_connection(head: &RequestHead) -> bool {
    head.version != Version::HTTP_11 || head.connection_type() != ConnectionType::KeepAlive
}

/// Drops the connection without an answer.
///
/// A handler cannot do that, but a body that fails can, and before the head that
/// goes with it is written. The answers before it get their time to be written.
async fn hang_up() -> HttpResponse {
    struct Failing;
    impl MessageBody for Failing {
        type Error = io::Error;

        fn size(&self) -> BodySize {
            BodySize::Stream
        }

        fn poll_next(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Bytes, io::Error>>> {
            Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
        }
    }
    sleep(LINGER).await;
    HttpResponse::BadRequest().body(Failing)
}

/// The response, which holds on to what is `unread` of the request until it is
/// written: actix goes on reading a chunked body that nobody holds, for ever if need
/// be, and only then ends the connection.
fn respond(reply: Reply, unread: Option<Payload>) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).expect("ours are statuses");
    let mut response = HttpResponse::build(status);
    let content_type = HeaderValue::from_static(reply.content_type);
    response.insert_header((header::CONTENT_TYPE, content_type));
    if let Some(methods) = reply.allow {
        response.insert_header((header::ALLOW, HeaderValue::from_static(methods)));
    }
    if reply.close {
        response.force_close();
    }
    match unread {
        None => response.body(reply.body),
        Some(unread) => response.body(Holding {
            body: reply.body,
            _unread: unread,
        }),
    }
}

/// A body that keeps the request's alive beside it.
struct Holding {
    body: Bytes,
    _unread: Payload,
}

impl MessageBody for Holding {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
