//! Agents: who they are, the statuses they choose, and where their audio runs.

use crate::{AgentId, AgentStatusId, RoutingProfileId};
use serde::{Deserialize, Serialize};

/// A person with an account. Only those with `Role::Agent` are offered contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    /// Sign-in name, unique, 1–64 characters.
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    pub roles: Vec<Role>,
    pub routing_profile: Option<RoutingProfileId>,
    /// Accept without pressing, after a beep and one second.
    #[serde(default)]
    pub auto_accept: bool,
    /// Longest after-contact work in seconds; 0: no limit.
    #[serde(default)]
    pub acw_limit_s: u32,
    /// `ko` or `en`: language of the pages.
    #[serde(default = "default_language")]
    pub language: String,
    /// Number of the desk phone for the `phone` media path.
    #[serde(default)]
    pub desk_phone: Option<String>,
}

fn default_language() -> String {
    "ko".to_owned()
}

impl Agent {
    pub fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    pub fn is_agent(&self) -> bool {
        self.roles.contains(&Role::Agent)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    Supervisor,
    VdiTeam,
    Admin,
}

/// A status an agent may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatus {
    pub id: AgentStatusId,
    pub name: String,
    pub kind: AgentStatusKind,
    /// Position in the list.
    #[serde(default)]
    pub order: u32,
}

/// The three kinds of the agent event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AgentStatusKind {
    Routable,
    Custom,
    Offline,
}

/// Where an agent's audio runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaPath {
    /// The media agent on the endpoint.
    Local,
    /// Inside the VDI session.
    Session,
    /// The desk phone.
    Phone,
    #[default]
    None,
}
