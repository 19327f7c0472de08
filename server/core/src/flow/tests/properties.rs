//! Whatever the document and whatever happens, nothing panics, everything ends within the budget, nothing is lost.

use super::*;
use proptest::prelude::*;

fn identifier() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "nowhere", ""]).prop_map(str::to_owned)
}

fn kind() -> impl Strategy<Value = String> {
    let mut names: Vec<String> = actions::all().iter().map(|kind| kind.name.to_owned()).collect();
    names.extend(["InvokeLambdaFunction", "PlayPrompt", ""].map(str::to_owned));
    prop::sample::select(names)
}

fn text() -> impl Strategy<Value = String> {
    let known = vec![
        "",
        "1",
        "3",
        "100",
        "True",
        "False",
        "Enabled",
        "Current",
        "VOICE",
        "$.Attributes.a",
        "$.StoredCustomerInput",
        "$.Attributes.a$.Attributes.a",
        "ContinueLooping",
        "DoneLooping",
        "MessagesInterrupted",
        "Local",
        "KR",
        "#",
        "00000000-0000-4000-8000-0000000000a1",
        "00000000-0000-4000-8000-0000000000b1",
        "00000000-0000-4000-8000-0000000000f1",
    ];
    prop_oneof![3 => prop::sample::select(known).prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => "(\\$\\.[A-Za-z.'\\[\\]]{0,9}){1,3}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(parameter_name(), inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

fn parameter_name() -> impl Strategy<Value = String> {
    let mut names: Vec<String> = actions::all()
        .iter()
        .flat_map(|kind| kind.parameters.iter().flat_map(|parameter| parameter.name.split('.')))
        .map(str::to_owned)
        .collect();
    names.extend(["CustomerQueue", "Value", "a"].map(str::to_owned));
    prop::sample::select(names)
}

fn operator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(document::Operator::ALL[..8].iter().map(|operator| operator.name()).collect::<Vec<_>>())
}

fn condition() -> impl Strategy<Value = Value> {
    let plain = (operator(), prop::collection::vec(text(), 0..3))
        .prop_map(|(operator, operands)| json!({"Operator": operator, "Operands": operands}));
    plain.prop_recursive(3, 8, 3, |inner| {
        (prop::sample::select(vec!["And", "Or", "Not"]), prop::collection::vec(inner, 0..3))
            .prop_map(|(operator, operands)| json!({"Operator": operator, "Operands": operands}))
    })
}

fn transitions() -> impl Strategy<Value = Value> {
    let errors = vec!["NoMatchingError", "NoMatchingCondition", "InputTimeLimitExceeded", "QueueAtCapacity", "Odd"];
    let error = (prop::sample::select(errors), identifier())
        .prop_map(|(error, next)| json!({"ErrorType": error, "NextAction": next}));
    let condition =
        (condition(), identifier()).prop_map(|(condition, next)| json!({"Condition": condition, "NextAction": next}));
    let lists = (prop::collection::vec(error, 0..4), prop::collection::vec(condition, 0..4));
    (identifier(), lists).prop_map(
        |(next, (errors, conditions))| json!({"NextAction": next, "Errors": errors, "Conditions": conditions}),
    )
}

/// Parameters near to right: an example's, some changed.
fn parameters(kind: String) -> impl Strategy<Value = Value> {
    let example = actions::find(&kind)
        .map_or(json!({}), |kind| serde_json::from_str::<Value>(kind.example).unwrap()["Parameters"].clone());
    let changes = prop::collection::btree_map(parameter_name(), value(), 0..3);
    (changes, prop::bool::weighted(0.8)).prop_map(move |(changes, near)| {
        let mut parameters = if near { example.clone() } else { json!({}) };
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.extend(changes);
        }
        parameters
    })
}

fn random_document() -> impl Strategy<Value = Value> {
    let action = (kind(), transitions()).prop_flat_map(|(kind, transitions)| {
        (Just(kind.clone()), parameters(kind), Just(transitions))
            .prop_map(|(kind, parameters, transitions)| (kind, parameters, transitions))
    });
    prop::collection::vec(action, 1..7).prop_map(|actions| {
        let actions = actions.into_iter().zip("abcdef".chars()).map(|((kind, parameters, transitions), id)| {
            json!({"Identifier": id.to_string(), "Type": kind, "Parameters": parameters, "Transitions": transitions})
        });
        document(actions.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_flow_comes_to_an_end_within_its_budget(
        content in random_document(),
        kind in prop::sample::select(vec![FlowKind::ContactFlow, FlowKind::CustomerQueue, FlowKind::AgentWhisper]),
        script in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let document = Document::from_json(content.clone()).unwrap();
        prop_assert_eq!(&document.to_json(), &content);
        prop_assert_eq!(&Document::parse(&document.to_string()).unwrap(), &document);
        let mut world = Rehearsal::new(centre());
        world.add(flow(FLOW, kind, &content)).unwrap();
        lint(&document, kind, &world.centre);
        fuzz::run(&mut world, Execution::start(FlowId::from_bits(FLOW), 1, kind), &script);
    }

    #[test]
    fn any_bytes_are_refused_or_run(data in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz::fuzz_flow(&data);
    }

    #[test]
    fn a_document_with_some_bytes_changed_is_refused_or_runs(
        content in random_document(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        script in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut data = content.to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(data.len());
            data[at] = byte;
        }
        data.push(b'\n');
        data.extend(script);
        fuzz::fuzz_flow(&data);
    }

    #[test]
    fn any_text_is_filled_in(text in "(\\PC{0,8}|\\$\\.[A-Za-z.'\"\\[\\]-]{0,12}){0,6}") {
        let world = Rehearsal::new(centre());
        let none = BTreeMap::new();
        let scope = expr::Scope { centre: &world.centre, contact: &world.contact, flow_attributes: &none, stored_input: None };
        let filled = scope.text(&text).unwrap();
        if !text.contains("$.") {
            prop_assert_eq!(&filled, &text);
        }
        let _ = (scope.ssml(&text), scope.whole(&text), expr::paths(&text));
    }
}
