//! Why something was refused, and of what kind: handlers turn the kind into a status, the command line into words.

use twinline_model::Refusal;
use twinline_store::StoreError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not understood or breaks a rule.
    Invalid,
    NotSignedIn,
    NotAllowed,
    NotFound,
    /// It does not go with what is there now.
    Conflict,
    /// It was changed since it was looked at.
    Stale,
    /// The version that was seen must be named.
    VersionWanted,
    TooLarge,
    WrongMediaType,
    /// Too many of them: again after so many seconds.
    TooMany {
        retry_s: u64,
    },
    /// A byte range outside the file of this length.
    Range {
        length: u64,
    },
    Unavailable,
    Internal,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}")]
pub struct Refused {
    pub kind: Kind,
    pub refusal: Refusal,
}

impl Refused {
    pub fn new(kind: Kind, refusal: Refusal) -> Self {
        Self { kind, refusal }
    }

    pub fn invalid(field: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, Refusal::new("invalid", message).field(field).remedy(remedy))
    }

    pub fn not_found(what: &str) -> Self {
        let refusal = Refusal::new("not_found", format!("There is no such {what}."));
        Self::new(Kind::NotFound, refusal.remedy("Look at the list; it may have been deleted."))
    }

    pub fn not_allowed() -> Self {
        let refusal = Refusal::new("not_allowed", "Your role does not allow this.");
        Self::new(Kind::NotAllowed, refusal.remedy("Ask an administrator for the role."))
    }

    pub fn not_signed_in() -> Self {
        let refusal = Refusal::new("not_signed_in", "Sign in first, or again: the sign-in is missing or has ended.");
        Self::new(Kind::NotSignedIn, refusal.remedy("POST /api/v1/session with username and password."))
    }

    /// The detail goes to the log, not to the client.
    pub fn internal(detail: impl std::fmt::Display) -> Self {
        tracing::error!(%detail, "request failed inside");
        let refusal = Refusal::new("internal", "Something went wrong on the server.");
        Self::new(Kind::Internal, refusal.remedy("Try again; if it stays, look into the server's log."))
    }
}

/// Refusals of rules: what was sent is at fault.
impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::new(Kind::Invalid, refusal)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found("thing"),
            StoreError::VersionMismatch { current } => {
                let refusal = Refusal::new("stale", format!("It was changed meanwhile; its version is now {current}."));
                Self::new(
                    Kind::Stale,
                    refusal.field("If-Match").remedy("Load it again, make your change anew, send that."),
                )
            }
            StoreError::NameTaken => {
                let refusal = Refusal::new("name_taken", "Another one has this name.").field("name");
                Self::new(Kind::Conflict, refusal.remedy("Choose a name that is not in the list."))
            }
            StoreError::Closed => {
                let refusal = Refusal::new("restarting", "The server is going down.");
                Self::new(Kind::Unavailable, refusal.remedy("Try again in a few seconds."))
            }
            error @ (StoreError::Damaged { .. } | StoreError::Database(_)) => Self::internal(error),
        }
    }
}
