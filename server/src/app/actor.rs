//! Who asks.

use twinline_model::{Agent, AgentId, Role, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub agent: AgentId,
    pub username: String,
    pub roles: Vec<Role>,
    pub language: String,
    /// Hash of the token the request came with; empty for the command line.
    pub token: String,
    pub expires: Timestamp,
}

impl Actor {
    pub fn of(agent: &Agent, token: String, expires: Timestamp) -> Self {
        Self {
            agent: agent.id,
            username: agent.username.clone(),
            roles: agent.roles.clone(),
            language: agent.language.clone(),
            token,
            expires,
        }
    }

    /// Whoever can start the program in the data directory may do everything.
    pub fn command_line() -> Self {
        Self {
            agent: AgentId::from_bits(0),
            username: "command line".to_owned(),
            roles: vec![Role::Admin],
            language: "en".to_owned(),
            token: String::new(),
            expires: Timestamp(i64::MAX),
        }
    }

    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
