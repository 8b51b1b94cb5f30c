//! JSON-RPC over HTTP with bounds on time and size, or without a network to the node inside the program.

use std::sync::Once;
use std::task::{self, Poll};
use std::time::Duration;
use std::{error::Error, io};

use alloy::rpc::json_rpc::{RequestPacket, ResponsePacket};
use alloy::transports::{TransportError, TransportErrorKind, TransportFut};
use reqwest::{Client, Response, Url, header::CONTENT_TYPE};
use tower_service::Service;

use super::NodeError;
use crate::chain::Devnet;

/// How long a node may take to answer, with the whole answer.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer: what the events of some thousand requests with inputs take.
const MAX_ANSWER: usize = 32 << 20;

/// The way to a node.
#[derive(Clone, Debug)]
pub(super) enum Transport {
    /// Over the network.
    Http { client: Client, url: Url },
    /// Within the program: the same bytes go there and come back.
    Embedded(Devnet),
}

impl Transport {
    pub(super) fn http(address: &str) -> Result<Self, NodeError> {
        // The address is not repeated: it often holds a key.
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or(NodeError::Address)?;
        choose_cryptography();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| NodeError::Unreachable { call: "connecting", reason: said(&url, error) })?;
        Ok(Self::Http { client, url })
    }

    async fn ask(self, request: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let body = serde_json::to_vec(&request).map_err(TransportError::SerError)?;
        let answer = match self {
            Self::Http { client, url } => post(&client, url, body).await?,
            Self::Embedded(devnet) => devnet.answer(&body),
        };
        // An answer that is not JSON may be long, so errors do not repeat it.
        serde_json::from_slice(&answer).map_err(|error| TransportError::deser_err(error, String::new()))
    }
}

async fn post(client: &Client, url: Url, body: Vec<u8>) -> Result<Vec<u8>, TransportError> {
    let failed = |error| TransportErrorKind::custom(io::Error::other(said(&url, error)));
    let post = client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body);
    let response = post.send().await.map_err(failed)?;
    let status = response.status();
    let body = read(response, failed).await?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(TransportErrorKind::custom(io::Error::other(format!("{} says {status}", place(&url)))))
    }
}

/// The address of a node, without parts that may hold a key: the path, and a name and a password.
fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The address of a request, and the deepest reason of its failure. The reasons above that only say that it failed.
fn said(url: &Url, error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("{} gives no answer within {} s", place(url), TIMEOUT.as_secs());
    }
    let error = error.without_url();
    let mut reason: &dyn Error = &error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    format!("{}: {reason}", place(url))
}

/// The implementation that all of the program's TLS uses.
fn choose_cryptography() {
    static ONCE: Once = Once::new();
    // Fails where one was chosen already, which is then used.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

async fn read(
    mut response: Response,
    failed: impl Fn(reqwest::Error) -> TransportError,
) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(&failed)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            let reason = format!("the answer has more than {MAX_ANSWER} bytes");
            return Err(TransportErrorKind::custom(io::Error::other(reason)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Service<RequestPacket> for Transport {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().ask(request))
    }
}
