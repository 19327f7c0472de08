//! The words of the model as the schema lists them. Values travel as the model's own types; a test holds both together.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    Supervisor,
    VdiTeam,
    Admin,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum StatusKind {
    Routable,
    Custom,
    Offline,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaPathPolicy {
    LocalOnly,
    LocalElseSession,
    SessionOnly,
    Phone,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaPath {
    Local,
    Session,
    Phone,
    None,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowKind {
    ContactFlow,
    CustomerQueue,
    CustomerHold,
    CustomerWhisper,
    AgentHold,
    AgentWhisper,
    OutboundWhisper,
    AgentTransfer,
    QueueTransfer,
    Campaign,
    Module,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SipTransport {
    Udp,
    Tcp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::to_value;
    use twinline_model as model;

    macro_rules! same {
        ($word:ident, $model:ident: $($variant:ident)*) => {$(
            assert_eq!(to_value($word::$variant).ok(), to_value(model::$model::$variant).ok());
        )*};
    }

    #[test]
    fn the_schema_lists_the_words_that_travel() {
        same!(Role, Role: Agent Supervisor VdiTeam Admin);
        same!(StatusKind, AgentStatusKind: Routable Custom Offline);
        same!(Weekday, Weekday: Monday Tuesday Wednesday Thursday Friday Saturday Sunday);
        same!(MediaPathPolicy, MediaPathPolicy: LocalOnly LocalElseSession SessionOnly Phone);
        same!(MediaPath, MediaPath: Local Session Phone None);
        same!(FlowKind, FlowKind: ContactFlow CustomerQueue CustomerHold CustomerWhisper AgentHold AgentWhisper
            OutboundWhisper AgentTransfer QueueTransfer Campaign Module);
        same!(SipTransport, SipTransport: Udp Tcp);
    }
}
