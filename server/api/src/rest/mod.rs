//! REST shapes, one file a noun: what a client may write (`…Spec`) and what it reads. Types only: who may ask stands
//! in [`crate::openapi`], rules in the server. Unknown members are refused, so that a typing error is heard.

pub mod audit;
pub mod contacts;
pub mod devices;
pub mod flows;
pub mod health;
pub mod hours;
pub mod live;
pub mod numbers;
pub mod prompts;
pub mod queues;
pub mod quick_connects;
pub mod recordings;
pub mod routing_profiles;
pub mod session;
pub mod settings;
pub mod statuses;
pub mod trunks;
pub mod users;
pub mod words;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a configured thing looks like to readers: its spec, and what the server knows of it.
macro_rules! stored {
    ($(#[$doc:meta])* $view:ident, $spec:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $view {
            #[schema(format = "uuid")]
            pub id: String,
            /// `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>`
            pub arn: String,
            /// Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
            pub version: u64,
            #[serde(flatten)]
            pub spec: $spec,
        }
    };
}
pub(crate) use stored;

/// RFC 9457 problem details. `code` is stable; the texts may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:twinline:problem:<code>`
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// One sentence: what is wrong.
    pub detail: String,
    pub code: String,
    /// The member, parameter or header at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// One sentence: what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// One page of a list. `next` is the cursor of the following page.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// For members that are only written: they are never serialised, but the schema knows them.
pub(crate) fn never_told<T>(_: &T) -> bool {
    true
}
