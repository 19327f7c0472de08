//! What may be asked for when: one table, used for checking commands, for each contact's `can` list, and exported for
//! the pages.

use crate::{agent::Phase, io::AgentCommand};
use serde::Serialize;
use std::collections::BTreeMap;

/// Something an agent may ask about one contact. Names as on the CCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Accept,
    Reject,
    Mute,
    Hold,
    Resume,
    End,
    SendDigits,
    TransferToNumber,
    TransferToAgent,
    TransferToQueue,
    TransferToQuickConnect,
    Clear,
    FinishAcw,
    ExtendAcw,
    SetNote,
    SetDisposition,
}

use Phase::*;

/// The table: action, its name, the phases in which it makes sense.
const TABLE: [(Action, &str, &[Phase]); 16] = [
    (Action::Accept, "accept", &[Ringing]),
    (Action::Reject, "reject", &[Ringing]),
    (Action::Mute, "mute", &[Connected, OnHold, Transferring]),
    (Action::Hold, "hold", &[Connected]),
    (Action::Resume, "resume", &[OnHold]),
    (Action::End, "end", &[Accepted, Calling, Connected, OnHold, Transferring, Interrupted]),
    (Action::SendDigits, "send_digits", &[Connected]),
    (Action::TransferToNumber, "transfer_to_number", &[Connected, OnHold]),
    (Action::TransferToAgent, "transfer_to_agent", &[Connected, OnHold]),
    (Action::TransferToQueue, "transfer_to_queue", &[Connected, OnHold]),
    (Action::TransferToQuickConnect, "transfer_to_quick_connect", &[Connected, OnHold]),
    (Action::Clear, "clear", &[Missed, Rejected, Error]),
    (Action::FinishAcw, "finish_acw", &[Acw]),
    (Action::ExtendAcw, "extend_acw", &[Acw]),
    (Action::SetNote, "set_note", &[Accepted, Calling, Connected, OnHold, Transferring, Interrupted, Acw]),
    (Action::SetDisposition, "set_disposition", &[Connected, OnHold, Transferring, Interrupted, Acw]),
];

impl Action {
    /// The action that a command is, when it names a contact.
    pub(super) fn of(command: &AgentCommand) -> Option<Action> {
        use crate::io::TransferTarget;
        Some(match command {
            AgentCommand::Accept { .. } => Action::Accept,
            AgentCommand::Reject { .. } => Action::Reject,
            AgentCommand::Mute { .. } => Action::Mute,
            AgentCommand::Hold { .. } => Action::Hold,
            AgentCommand::Resume { .. } => Action::Resume,
            AgentCommand::End { .. } => Action::End,
            AgentCommand::SendDigits { .. } => Action::SendDigits,
            AgentCommand::Transfer { to, .. } => match to {
                TransferTarget::Number(_) => Action::TransferToNumber,
                TransferTarget::Agent(_) => Action::TransferToAgent,
                TransferTarget::Queue(_) => Action::TransferToQueue,
                TransferTarget::QuickConnect(_) => Action::TransferToQuickConnect,
            },
            AgentCommand::Clear { .. } => Action::Clear,
            AgentCommand::FinishAcw { .. } => Action::FinishAcw,
            AgentCommand::ExtendAcw { .. } => Action::ExtendAcw,
            AgentCommand::SetNote { .. } => Action::SetNote,
            AgentCommand::SetDisposition { .. } => Action::SetDisposition,
            AgentCommand::SignIn
            | AgentCommand::SignOut
            | AgentCommand::SetStatus { .. }
            | AgentCommand::CancelNextStatus
            | AgentCommand::Dial { .. } => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        TABLE.iter().find(|(action, ..)| *action == self).map_or("", |(_, name, _)| name)
    }

    pub(super) fn allowed_in(self, phase: Phase) -> bool {
        TABLE.iter().any(|(action, _, phases)| *action == self && phases.contains(&phase))
    }
}

/// The actions that make sense for a contact in this phase, in table order.
pub(super) fn can(phase: Phase) -> Vec<String> {
    let allowed = TABLE.iter().filter(|(_, _, phases)| phases.contains(&phase));
    allowed.map(|(_, name, _)| (*name).to_owned()).collect()
}

#[derive(Serialize)]
struct Exported {
    /// Phases in the order of a contact's life, with the published state each is shown as.
    phases: Vec<ExportedPhase>,
    /// Action → phases.
    actions: BTreeMap<&'static str, Vec<&'static str>>,
}

#[derive(Serialize)]
struct ExportedPhase {
    phase: &'static str,
    state: twinline_model::AgentContactState,
}

/// The table as JSON: `{"phases": [{"phase", "state"}…], "actions": {"accept": ["ringing"], …}}`.
pub fn can_table() -> serde_json::Value {
    let exported = Exported {
        phases: Phase::ALL
            .iter()
            .map(|phase| ExportedPhase { phase: phase.name(), state: phase.published() })
            .collect(),
        actions: TABLE
            .iter()
            .map(|(_, name, phases)| (*name, phases.iter().map(|phase| phase.name()).collect()))
            .collect(),
    };
    serde_json::to_value(exported).expect("the table holds only strings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exported_table_is_the_golden_one() {
        insta::assert_snapshot!("can_table", serde_json::to_string_pretty(&can_table()).unwrap());
    }

    #[test]
    fn every_action_stands_in_the_table_once() {
        for (action, name, phases) in TABLE {
            assert_eq!(TABLE.iter().filter(|(other, ..)| *other == action).count(), 1, "{name}");
            assert_eq!(action.name(), name);
            assert!(!phases.is_empty(), "{name}");
        }
    }
}
