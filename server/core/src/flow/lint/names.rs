//! Names of action types: those of the language that do not run yet, and what people and generators write instead of
//! the right one.

use crate::flow::actions;

/// Types of the Flow language that load and take NoMatchingError.
pub(super) const LATER: &[&str] = &[
    "AssociateContactToCustomerProfile",
    "AuthenticateParticipant",
    "CheckMetricData",
    "CheckOutboundCallStatus",
    "CheckSegmentMembership",
    "CheckVoiceId",
    "CompleteOutboundCall",
    "ConnectParticipantWithLexBot",
    "CreateCallbackContact",
    "CreateCase",
    "CreateCustomerProfile",
    "CreatePersistentContactAssociation",
    "CreateTask",
    "CreateWisdomSession",
    "DequeueContactAndTransferToQueue",
    "DistributeByPercentage",
    "EndFlowModuleExecution",
    "EvaluateDataTableValues",
    "GetCase",
    "GetCustomerProfile",
    "GetCustomerProfileObject",
    "GetCalculatedAttributesForCustomerProfile",
    "GetMetricData",
    "InvokeFlowModule",
    "InvokeLambdaFunction",
    "LoadContactContent",
    "ResumeContact",
    "RouteContactToAgent",
    "ShowView",
    "StartOutboundChatContact",
    "StartVoiceIdStream",
    "TagContact",
    "TransferContactToAgent",
    "TransferParticipantToThirdParty",
    "UntagContact",
    "UpdateCase",
    "UpdateContactCallbackNumber",
    "UpdateContactData",
    "UpdateContactMediaProcessing",
    "UpdateContactMediaStreamingBehavior",
    "UpdateContactRecordingAndAnalyticsBehavior",
    "UpdateContactRoutingBehavior",
    "UpdateContactRoutingCriteria",
    "UpdateCustomerProfile",
    "UpdatePreviousContactParticipantState",
    "UpdateRoutingCriteria",
    "Wait",
];

/// What is written → what is meant. Left: lower case.
const INVENTED: &[(&str, &str)] = &[
    ("callback", "CreateCallbackContact"),
    ("checkattribute", "Compare"),
    ("checkcontactattributes", "Compare"),
    ("checkhours", "CheckHoursOfOperation"),
    ("checkmetrics", "CheckMetricData"),
    ("checkqueuestatus", "CheckMetricData"),
    ("checkstaffing", "CheckMetricData"),
    ("condition", "Compare"),
    ("disconnect", "DisconnectParticipant"),
    ("disconnectcontact", "DisconnectParticipant"),
    ("endflow", "EndFlowExecution"),
    ("getcustomerinput", "GetParticipantInput"),
    ("getinput", "GetParticipantInput"),
    ("getuserinput", "GetParticipantInput"),
    ("hangup", "DisconnectParticipant"),
    ("invokeexternalresource", "InvokeLambdaFunction"),
    ("invokelambda", "InvokeLambdaFunction"),
    ("invokemodule", "InvokeFlowModule"),
    ("loopprompts", "MessageParticipantIteratively"),
    ("menu", "GetParticipantInput"),
    ("playmessage", "MessageParticipant"),
    ("playprompt", "MessageParticipant"),
    ("queue", "TransferContactToQueue"),
    ("say", "MessageParticipant"),
    ("setattributes", "UpdateContactAttributes"),
    ("setcallbacknumber", "UpdateContactCallbackNumber"),
    ("setcontactattributes", "UpdateContactAttributes"),
    ("setcontactflow", "UpdateContactEventHooks"),
    ("setcustomerqueueflow", "UpdateContactEventHooks"),
    ("seteventflow", "UpdateContactEventHooks"),
    ("setholdflow", "UpdateContactEventHooks"),
    ("setloggingbehavior", "UpdateFlowLoggingBehavior"),
    ("setqueue", "UpdateContactTargetQueue"),
    ("setrecordingbehavior", "UpdateContactRecordingBehavior"),
    ("setvoice", "UpdateContactTextToSpeechVoice"),
    ("setwhisperflow", "UpdateContactEventHooks"),
    ("setworkingqueue", "UpdateContactTargetQueue"),
    ("storecustomerinput", "GetParticipantInput"),
    ("storeuserinput", "GetParticipantInput"),
    ("transfercontacttoflow", "TransferToFlow"),
    ("transfertoqueue", "TransferContactToQueue"),
    ("transfertophonenumber", "TransferParticipantToThirdParty"),
    ("updatetargetqueue", "UpdateContactTargetQueue"),
    ("voice", "UpdateContactTextToSpeechVoice"),
];

/// Longest name that is compared letter by letter.
const MAX_NAME: usize = 80;
/// Most letters that may differ in a slip of the pen.
const MAX_SLIPS: usize = 3;

/// The type that was probably meant.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    if let Some((_, meant)) = INVENTED.iter().find(|(written, _)| *written == lower) {
        return Some(meant);
    }
    if name.len() > MAX_NAME {
        return None;
    }
    let known = actions::all().iter().map(|kind| kind.name).chain(LATER.iter().copied());
    let distances = known.map(|known| (distance(&lower, &known.to_ascii_lowercase()), known));
    distances.filter(|(slips, _)| *slips <= MAX_SLIPS).min().map(|(_, known)| known)
}

/// Letters to insert, delete or change to make one text the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
