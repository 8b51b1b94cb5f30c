//! A request, and its parameters, one after the other.

use std::vec;

use alloy::rpc::json_rpc::Id;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::Fault;

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
    pub(super) fn read(body: &[u8]) -> Result<Self, Fault> {
        let request: Self = serde_json::from_slice(body)
            .map_err(|error| if error.is_data() { Fault::request() } else { Fault::syntax() })?;
        if request.jsonrpc == VERSION { Ok(request) } else { Err(Fault::request()) }
    }

    pub(super) fn parameters(&mut self) -> Parameters {
        Parameters(self.params.take().unwrap_or_default().into_iter())
    }
}

/// The parameters that were not taken yet.
pub(super) struct Parameters(vec::IntoIter<Value>);

impl Parameters {
    /// The next one.
    pub(super) fn take<T: DeserializeOwned>(&mut self) -> Result<T, Fault> {
        self.optional()?.ok_or_else(|| Fault::parameters("one is missing"))
    }

    /// The next one, if there is one. Null is as good as none.
    pub(super) fn optional<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Fault> {
        let Some(value) = self.0.next() else { return Ok(None) };
        serde_json::from_value(value).map_err(Fault::parameters)
    }

    /// Refuses parameters that nobody took: what they ask for is not done.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(Fault::parameters("there are too many")),
        }
    }
}
