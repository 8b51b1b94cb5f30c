//! A request, and its parameters, one after the other.

use std::vec;

use alloy::rpc::json_rpc::Id;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::RpcError;

/// The only version of JSON-RPC.
const VERSION: &str = "2.0";

/// A request. Alloy's own type does not read one whose parameters are left out, as they may be.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    jsonrpc: String,
    pub(super) id: Option<Id>,
    pub(super) method: String,
    params: Option<Vec<Value>>,
}

impl Request {
    /// Reads the request in these bytes.
    pub(super) fn read(body: &[u8]) -> Result<Self, RpcError> {
        let request: Self = serde_json::from_slice(body)
            .map_err(|error| if error.is_data() { RpcError::request() } else { RpcError::syntax() })?;
        if request.jsonrpc == VERSION { Ok(request) } else { Err(RpcError::request()) }
    }

    pub(super) fn parameters(&mut self) -> Parameters {
        Parameters(self.params.take().unwrap_or_default().into_iter())
    }
}

/// The parameters that were not taken yet.
pub(super) struct Parameters(vec::IntoIter<Value>);

impl Parameters {
    /// The next one.
    pub(super) fn take<T: DeserializeOwned>(&mut self) -> Result<T, RpcError> {
        self.optional()?.ok_or_else(|| RpcError::parameters("one is missing"))
    }

    /// The next one, if there is one. Null is as good as none.
    pub(super) fn optional<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RpcError> {
        let Some(value) = self.0.next() else { return Ok(None) };
        serde_json::from_value(value).map_err(RpcError::parameters)
    }

    /// Refuses parameters that nobody took: what they ask for is not done.
    pub(super) fn end(mut self) -> Result<(), RpcError> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(RpcError::parameters("there are too many")),
        }
    }
}
