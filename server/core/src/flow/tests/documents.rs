//! Documents: what is read, what is refused and how it is said, and that nothing is lost.

use super::*;

fn refused(document: &Value) -> Vec<(Option<String>, String, String)> {
    match Document::from_json(document.clone()) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let findings = error.findings();
            assert!(findings.iter().all(|finding| !finding.remedy.is_empty() && !finding.message.is_empty()));
            findings.into_iter().map(|f| (f.action, f.field.unwrap_or_default(), f.code)).collect()
        }
    }
}

fn one(action: Option<&str>, field: &str, code: &str) -> Vec<(Option<String>, String, String)> {
    vec![(action.map(str::to_owned), field.to_owned(), code.to_owned())]
}

#[test]
fn what_is_not_understood_is_kept() {
    let document = json!({
        "Version": "2019-10-30", "StartAction": "a", "Metadata": {"ActionMetadata": {"a": {"position": {"x": 1.5}}}},
        "Settings": {"InputParameters": []}, "x": [null],
        "Actions": [
            {"Identifier": "a", "Type": "SomethingNew", "Parameters": {"Deep": {"n": [1, "2", null]}}, "Note": 7,
             "Transitions": {"NextAction": "b", "Later": true, "Errors": [{"ErrorType": "E", "NextAction": "b", "i": 1}],
              "Conditions": [{"NextAction": "b", "Condition": {"Operator": "Not", "w": 1, "Operands": [
                {"Operator": "Equals", "Operands": ["x", 1, true]}]}}]}},
            {"Identifier": "b", "Type": "EndFlowExecution", "Transitions": {"NextAction": "", "Errors": []}},
            {"Identifier": "c", "Type": "EndFlowExecution"}
        ]
    });
    let read = Document::parse(&document.to_string()).unwrap();
    assert_eq!(read.to_json(), document);
    assert_eq!(Document::parse(&read.to_string()).unwrap(), read);
    assert_eq!(read.action("b").unwrap().next(), None);
    assert!(read.metadata().is_some());
}

#[test]
fn each_mistake_is_named_with_its_place() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = document(json!([{"Identifier": "a", "Type": "EndFlowExecution", "Transitions": {}}]));
        change(&mut document);
        document
    };
    let a = Some("a");
    assert_eq!(refused(&with(&|_| {})), []);
    assert_eq!(refused(&with(&|d| d["Version"] = "2020-01-01".into())), one(None, "Version", "version"));
    assert_eq!(refused(&with(&|d| d["StartAction"] = "z".into())), one(None, "StartAction", "no_start"));
    assert_eq!(refused(&with(&|d| d["StartAction"] = 1.into())), one(None, "StartAction", "not_a_string"));
    assert_eq!(refused(&with(&|d| d["Actions"] = json!([]))), one(None, "Actions", "no_actions"));
    assert_eq!(refused(&with(&|d| d["Actions"] = json!({}))), one(None, "Actions", "no_actions"));
    let nameless = with(&|d| d["Actions"][0] = json!({"Type": "x"}));
    assert_eq!(refused(&nameless), one(None, "Actions[0].Identifier", "missing"));
    assert_eq!(refused(&with(&|d| d["Actions"][0] = 5.into())), one(None, "Actions[0]", "not_an_object"));
    assert_eq!(refused(&with(&|d| d["Actions"][0]["Type"] = 5.into())), one(a, "Type", "not_a_string"));
    let parameters = with(&|d| d["Actions"][0]["Parameters"] = "x".into());
    assert_eq!(refused(&parameters), one(a, "Parameters", "not_an_object"));
    let next = with(&|d| d["Actions"][0]["Transitions"]["NextAction"] = 5.into());
    assert_eq!(refused(&next), one(a, "Transitions.NextAction", "not_a_string"));
    let errors = with(&|d| d["Actions"][0]["Transitions"]["Errors"] = json!([{"ErrorType": "E"}]));
    assert_eq!(refused(&errors), one(a, "Transitions.Errors[0].NextAction", "missing"));
    let twice = with(&|d| d["Actions"] = json!([end("a"), end("a")]));
    assert_eq!(refused(&twice), one(a, "Identifier", "duplicate_identifier"));
    assert_eq!(refused(&json!([])), one(None, "", "not_an_object"));
    assert_eq!(refused(&json!({"modules": [], "start": "x"})), one(None, "modules", "legacy_format"));
}

#[test]
fn identifiers_are_as_amazon_connect_has_them() {
    let named = |id: &str| refused(&document(json!([end(id)]))).into_iter().map(|found| found.2).collect::<Vec<_>>();
    assert!(named("Greet the caller 안녕 #1").is_empty());
    assert!(named(&"가".repeat(50)).is_empty());
    assert_eq!(named(&"x".repeat(51)), ["identifier_too_long"]);
    for id in ["", "a:b", "a/b", "a{b}", "__proto__", "toString"] {
        assert_eq!(named(id), ["identifier"], "{id}");
    }
}

fn with_condition(condition: &Value) -> Value {
    document(json!([{"Identifier": "a", "Type": "Compare", "Transitions": {"NextAction": "a",
        "Conditions": [{"NextAction": "a", "Condition": condition}]}}]))
}

#[test]
fn conditions_are_bounded() {
    let codes = |condition: &Value| refused(&with_condition(condition)).into_iter().map(|f| f.2).collect::<Vec<_>>();
    let mut nested = json!({"Operator": "Equals", "Operands": ["x"]});
    for _ in 0..4 {
        nested = json!({"Operator": "Not", "Operands": [nested]});
    }
    assert!(codes(&nested).is_empty());
    assert_eq!(codes(&json!({"Operator": "Not", "Operands": [nested]})), ["condition_too_deep"]);
    let many =
        |n: usize| json!({"Operator": "Or", "Operands": vec![json!({"Operator": "Equals", "Operands": ["x"]}); n]});
    assert!(codes(&many(50)).is_empty());
    assert_eq!(codes(&many(51)), ["too_many_conditions"]);
    assert_eq!(codes(&json!({"Operator": "Like", "Operands": ["x"]})), ["operator"]);
    assert_eq!(codes(&json!({"Operator": "Equals", "Operands": "x"})), ["operands"]);
    assert_eq!(codes(&json!({"Operator": "Equals", "Operands": [{}]})), ["operands"]);
    assert_eq!(codes(&json!({"Operator": "Equals"})), ["operands"]);
    assert_eq!(codes(&Value::Null), ["not_an_object"]);
}

#[test]
fn documents_are_bounded() {
    let padding = "x".repeat(1 << 20);
    let large = document(json!([{"Identifier": "a", "Type": "EndFlowExecution", "Parameters": {"p": padding}}]));
    assert!(matches!(Document::parse(&large.to_string()), Err(DocumentError::TooLarge { .. })));
    let actions = |n: usize| document((0..n).map(|nth| end(&nth.to_string())).collect());
    assert!(Document::from_json(actions(2_000)).is_ok());
    assert_eq!(refused(&actions(2_001)), one(None, "Actions", "too_many_actions"));
    let endless = vec![json!(5); 1_000];
    assert_eq!(refused(&document(Value::Array(endless.clone()))).len(), 100);
}

#[test]
fn text_that_is_not_json_is_refused_with_its_place() {
    let error = Document::parse("{\n  \"Version\": ,").unwrap_err();
    assert!(matches!(error, DocumentError::NotJson { line: 2, .. }), "{error}");
    assert!(Document::parse(&"[".repeat(10_000)).is_err());
    assert_eq!(error.findings()[0].code, "not_json");
}

#[test]
fn examples_of_the_catalogue_are_documents_and_say_what_they_are() {
    for kind in actions::all() {
        let example: Value = serde_json::from_str(kind.example).unwrap();
        assert_eq!(example["Type"], kind.name);
        let document = Document::from_json(document(json!([example, end("z")]))).unwrap();
        assert_eq!(document.actions().len(), 2, "{}", kind.name);
    }
}

#[test]
fn the_catalogue_names_each_type_once_and_can_be_told_to_a_designer() {
    let names: Vec<&str> = actions::all().iter().map(|kind| kind.name).collect();
    let unique: std::collections::BTreeSet<&&str> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    let told = serde_json::to_value(actions::all()).unwrap();
    assert_eq!(told.as_array().unwrap().len(), names.len());
    assert!(told[0].get("run").is_none() && told[0]["parameters"][0]["name"] == "PromptId", "{}", told[0]);
}
