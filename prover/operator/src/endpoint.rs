//! The service's HTTP endpoint: figures for Prometheus, and the service's health.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};

use super::{Health, Metrics, OperatorError};

/// How long a reader may take, all in all.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of a request's head: the least that the library allows.
const MAX_HEAD: usize = 8192;
/// The readers at once; others wait.
const READERS: usize = 8;
/// The text format of Prometheus.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Serves `/metrics`, `/healthz` and `/readyz` until it is dropped. Tells where, since port 0 is any.
///
/// # Errors
/// Fails if the port is taken.
pub async fn endpoint(
    address: SocketAddr,
    metrics: Metrics,
    health: Health,
) -> Result<(SocketAddr, impl Future<Output = ()>), OperatorError> {
    let fail = |reason| OperatorError::Port { address, reason };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let bound = listener.local_addr().map_err(fail)?;
    Ok((bound, accept(listener, Arc::new((metrics, health)))))
}

async fn accept(listener: TcpListener, told: Arc<(Metrics, Health)>) {
    let places = Arc::new(Semaphore::new(READERS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, say: others may be closed by then.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let told = Arc::clone(&told);
        tokio::spawn(async move {
            // A reader that goes away has what it wanted.
            let _ = timeout(PATIENCE, serve(stream, &told)).await;
            drop(place);
        });
    }
}

async fn serve(stream: TcpStream, told: &(Metrics, Health)) -> hyper::Result<()> {
    let answer = service_fn(async |request| Ok::<_, Infallible>(answer(&request, told)));
    http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), answer)
        .await
}

fn answer(request: &Request<Incoming>, (metrics, health): &(Metrics, Health)) -> Response<Full<Bytes>> {
    let state = |state: Result<(), String>| match state {
        Ok(()) => page(StatusCode::OK, PLAIN, "ok\n".into()),
        Err(reason) => page(StatusCode::SERVICE_UNAVAILABLE, PLAIN, reason + "\n"),
    };
    let mut response = match request.uri().path() {
        "/metrics" => page(StatusCode::OK, OPEN_METRICS, metrics.render()),
        "/healthz" => state(health.live()),
        "/readyz" => state(health.ready()),
        _ => return page(StatusCode::NOT_FOUND, PLAIN, "see /metrics, /healthz and /readyz\n".into()),
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        response = page(StatusCode::METHOD_NOT_ALLOWED, PLAIN, String::new());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn page(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
