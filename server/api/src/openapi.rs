//! Every question that may be asked over HTTP, in one table: path, who may ask, shapes. The server builds its router
//! from it and refuses by it, the OpenAPI 3.1 document is written from it: a route cannot be in one and not in another.

use crate::rest::*;
use serde_json::{Map, Value, json};
use twinline_model::Role;
use utoipa::{PartialSchema, ToSchema};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without sign-in.
    Public,
    SignedIn,
    /// People with one of these roles.
    Roles(&'static [Role]),
}

impl Access {
    pub fn allows(self, roles: &[Role]) -> bool {
        match self {
            Access::Public | Access::SignedIn => true,
            Access::Roles(wanted) => wanted.iter().any(|role| roles.contains(role)),
        }
    }
}

/// What stands in a body.
#[derive(Clone)]
pub enum Body {
    None,
    Json(Shape),
    /// Bytes of these media types.
    Bytes(&'static [&'static str]),
    Text(&'static str),
}

/// A named schema with those it needs.
#[derive(Clone)]
pub struct Shape {
    name: String,
    schemas: Vec<(String, Value)>,
}

impl Shape {
    fn of<T: ToSchema + PartialSchema>() -> Self {
        let mut needed = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut needed);
        let schemas = needed.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()));
        Self { name: T::name().into_owned(), schemas: schemas.collect() }
    }

    fn page_of<T: ToSchema + PartialSchema>() -> Self {
        let item = Self::of::<T>();
        let name = format!("{}Page", item.name);
        let page = json!({
            "type": "object",
            "required": ["items"],
            "properties": {
                "items": { "type": "array", "items": { "$ref": format!("#/components/schemas/{}", item.name) } },
                "next": { "type": ["string", "null"], "description": "Cursor of the following page" }
            }
        });
        let mut schemas = item.schemas;
        schemas.push((name.clone(), page));
        Self { name, schemas }
    }
}

/// One question.
#[derive(Clone)]
pub struct Operation {
    /// `queues.list`, `session.create` …: the server finds its handler by this.
    pub id: String,
    pub method: Method,
    /// With `{name}` for parameters.
    pub path: String,
    pub tag: &'static str,
    pub summary: String,
    pub access: Access,
    /// Name and meaning of each query parameter.
    pub query: &'static [(&'static str, &'static str)],
    pub request: Body,
    pub status: u16,
    pub response: Body,
    /// Honours `Idempotency-Key`.
    pub creates: bool,
    /// Wants `If-Match`.
    pub edits: bool,
}

impl Operation {
    fn new(id: impl Into<String>, method: Method, path: impl Into<String>, tag: &'static str) -> Self {
        Self {
            id: id.into(),
            method,
            path: path.into(),
            tag,
            summary: String::new(),
            access: Access::SignedIn,
            query: &[],
            request: Body::None,
            status: 200,
            response: Body::None,
            creates: false,
            edits: false,
        }
    }

    fn summary(mut self, text: impl Into<String>) -> Self {
        self.summary = text.into();
        self
    }

    fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    fn query(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    fn takes<T: ToSchema>(mut self) -> Self {
        self.request = Body::Json(Shape::of::<T>());
        self
    }

    fn gives<T: ToSchema>(mut self) -> Self {
        self.response = Body::Json(Shape::of::<T>());
        self
    }

    fn gives_pages_of<T: ToSchema>(mut self) -> Self {
        self.response = Body::Json(Shape::page_of::<T>());
        self
    }

    fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

const ADMIN: Access = Access::Roles(&[Role::Admin]);
const LEADS: Access = Access::Roles(&[Role::Supervisor, Role::Admin]);
const FLOOR: Access = Access::Roles(&[Role::Agent, Role::Supervisor, Role::Admin]);
const DEVICES: Access = Access::Roles(&[Role::Agent, Role::Supervisor, Role::VdiTeam, Role::Admin]);

const PAGING: &[(&str, &str)] =
    &[("cursor", "`next` of the page before"), ("limit", "Items at most, 1–1000; 100 when left out")];

/// All of them.
pub fn operations() -> Vec<Operation> {
    let mut all = session();
    all.extend(nouns());
    all.extend(contacts());
    all.extend(watching());
    all
}

fn session() -> Vec<Operation> {
    use session::{Session, SignIn};
    let at = "/api/v1/session";
    vec![
        Operation::new("session.create", Method::Post, at, "session")
            .summary("Sign in")
            .access(Access::Public)
            .takes::<SignIn>()
            .gives::<Session>()
            .status(201),
        Operation::new("session.get", Method::Get, at, "session").summary("Who is signed in").gives::<Session>(),
        Operation::new("session.delete", Method::Delete, at, "session").summary("Sign out").status(204),
    ]
}

fn nouns() -> Vec<Operation> {
    let mut all = Vec::new();
    all.extend(crud::<users::UserSpec, users::User>("users", "user", LEADS));
    all.extend(crud::<statuses::StatusSpec, statuses::Status>("statuses", "status", LEADS));
    all.extend(crud::<queues::QueueSpec, queues::Queue>("queues", "queue", LEADS));
    all.extend(crud::<hours::HoursSpec, hours::Hours>("hours", "hours of operation", LEADS));
    all.extend(crud::<routing_profiles::RoutingProfileSpec, routing_profiles::RoutingProfile>(
        "routing_profiles",
        "routing profile",
        LEADS,
    ));
    all.extend(crud::<flows::FlowSpec, flows::Flow>("flows", "flow", LEADS));
    all.extend(crud::<prompts::PromptSpec, prompts::Prompt>("prompts", "prompt", LEADS));
    all.extend(crud::<numbers::NumberSpec, numbers::Number>("numbers", "number", LEADS));
    all.extend(crud::<quick_connects::QuickConnectSpec, quick_connects::QuickConnect>(
        "quick_connects",
        "quick connect",
        LEADS,
    ));
    all.extend(crud::<trunks::TrunkSpec, trunks::Trunk>("trunks", "trunk", ADMIN));
    let mut upload = Operation::new("prompts.put_audio", Method::Put, "/api/v1/prompts/{id}/audio", "prompts")
        .summary("Send the sound of a prompt, WAV or Ogg, at most 20 MB")
        .access(ADMIN)
        .status(204);
    upload.request = Body::Bytes(&["audio/wav", "audio/ogg"]);
    let mut listen = Operation::new("prompts.get_audio", Method::Get, "/api/v1/prompts/{id}/audio", "prompts")
        .summary("The sound of a prompt")
        .access(LEADS);
    listen.response = Body::Bytes(&["audio/wav", "audio/ogg"]);
    all.extend([
        upload,
        listen,
        Operation::new("flows.check", Method::Post, "/api/v1/flows/check", "flows")
            .summary("Check a flow without saving it")
            .access(LEADS)
            .takes::<flows::FlowSpec>()
            .gives::<flows::FlowFindings>(),
        Operation::new("settings.get", Method::Get, "/api/v1/settings", "settings")
            .summary("Settings of the centre")
            .access(LEADS)
            .gives::<settings::Settings>(),
        Operation::new("settings.put", Method::Put, "/api/v1/settings", "settings")
            .summary("Replace the settings of the centre")
            .access(ADMIN)
            .takes::<settings::SettingsSpec>()
            .gives::<settings::Settings>(),
    ]);
    all
}

fn crud<S: ToSchema, V: ToSchema>(tag: &'static str, one: &str, read: Access) -> Vec<Operation> {
    let at = format!("/api/v1/{tag}");
    let each = format!("{at}/{{id}}");
    let mut create = Operation::new(format!("{tag}.create"), Method::Post, &at, tag)
        .summary(format!("Add a {one}"))
        .access(ADMIN)
        .takes::<S>()
        .gives::<V>()
        .status(201);
    create.creates = true;
    let mut replace = Operation::new(format!("{tag}.replace"), Method::Put, &each, tag)
        .summary(format!("Replace a {one}"))
        .access(ADMIN)
        .takes::<S>()
        .gives::<V>();
    replace.edits = true;
    let mut delete = Operation::new(format!("{tag}.delete"), Method::Delete, &each, tag)
        .summary(format!("Delete a {one}"))
        .access(ADMIN)
        .status(204);
    delete.edits = true;
    vec![
        Operation::new(format!("{tag}.list"), Method::Get, &at, tag)
            .summary(format!("All, by name: {one}"))
            .access(read)
            .query(PAGING)
            .gives_pages_of::<V>(),
        create,
        Operation::new(format!("{tag}.get"), Method::Get, &each, tag)
            .summary(format!("One {one}"))
            .access(read)
            .gives::<V>(),
        replace,
        delete,
    ]
}

fn contacts() -> Vec<Operation> {
    use contacts::{Contact, Timeline};
    let each = "/api/v1/contacts/{id}";
    let mut audio = Operation::new("recordings.audio", Method::Get, "/api/v1/recordings/{id}/audio", "recordings")
        .summary("The sound, WAV, customer left and agent right; byte ranges are honoured; every listening is audited")
        .access(LEADS);
    audio.response = Body::Bytes(&["audio/wav"]);
    vec![
        Operation::new("contacts.search", Method::Get, "/api/v1/contacts", "contacts")
            .summary("Contact records, newest first; agents see their own")
            .access(FLOOR)
            .query(&[
                ("from", "Initiated at or after, RFC 3339"),
                ("to", "Initiated before, RFC 3339"),
                ("queue", "Id of the queue"),
                ("agent", "Id of the agent"),
                ("customer", "Part of the customer's number"),
                ("channel", "VOICE, CHAT or TASK"),
                ("method", "INBOUND, OUTBOUND, TRANSFER, QUEUE_TRANSFER, CALLBACK or API"),
                ("disposition", "Disposition code"),
                ("abandoned", "true: only those that left the queue before an agent"),
                ("cursor", "`next` of the page before"),
                ("limit", "Items at most, 1–1000; 100 when left out"),
            ])
            .gives_pages_of::<Contact>(),
        Operation::new("contacts.get", Method::Get, each, "contacts")
            .summary("One contact record")
            .access(FLOOR)
            .gives::<Contact>(),
        Operation::new("contacts.timeline", Method::Get, format!("{each}/timeline"), "contacts")
            .summary("What happened to a contact, in words")
            .access(FLOOR)
            .query(&[("language", "ko or en; the person's own when left out")])
            .gives::<Timeline>(),
        Operation::new("recordings.get", Method::Get, "/api/v1/recordings/{id}", "recordings")
            .summary("One recording")
            .access(LEADS)
            .gives::<recordings::Recording>(),
        audio,
        Operation::new("recordings.peaks", Method::Get, "/api/v1/recordings/{id}/peaks", "recordings")
            .summary("Peaks to draw the recording")
            .access(LEADS)
            .gives::<recordings::Peaks>(),
    ]
}

fn watching() -> Vec<Operation> {
    let mut events = Operation::new("events", Method::Get, "/api/v1/events", "live")
        .summary("Server-sent events: `live` (the live view when it changes), `happened` (each event of the history; id = its number, resume with Last-Event-ID)")
        .access(LEADS);
    events.response = Body::Text("text/event-stream");
    let mut socket = Operation::new("ccp.socket", Method::Get, "/api/v1/ccp/socket", "ccp")
        .summary("The CCP's WebSocket; the token travels in its first message")
        .access(Access::Public)
        .status(101);
    socket.response = Body::None;
    let mut metrics = Operation::new("metrics", Method::Get, "/metrics", "health")
        .summary("Prometheus metrics, for this host and for administrators")
        .access(Access::Public);
    metrics.response = Body::Text("text/plain");
    let mut document = Operation::new("openapi", Method::Get, "/api/v1/openapi.json", "health")
        .summary("This document")
        .access(Access::Public);
    document.response = Body::Text("application/json");
    let mut docs = Operation::new("docs", Method::Get, "/api/docs", "health")
        .summary("This document to read")
        .access(Access::Public);
    docs.response = Body::Text("text/html");
    vec![
        Operation::new("live", Method::Get, "/api/v1/live", "live")
            .summary("Queues, waiting contacts and agents now")
            .access(LEADS)
            .gives::<live::LiveView>(),
        events,
        socket,
        Operation::new("devices.list", Method::Get, "/api/v1/devices", "devices")
            .summary("Paired endpoints; agents see their own")
            .access(DEVICES)
            .gives_pages_of::<devices::Device>(),
        Operation::new("devices.delete", Method::Delete, "/api/v1/devices/{id}", "devices")
            .summary("Forget a pairing")
            .access(DEVICES)
            .status(204),
        Operation::new("audit.list", Method::Get, "/api/v1/audit", "audit")
            .summary("Who did what, newest first")
            .access(ADMIN)
            .query(PAGING)
            .gives_pages_of::<audit::AuditEntry>(),
        Operation::new("healthz", Method::Get, "/healthz", "health")
            .summary("The process lives")
            .access(Access::Public)
            .gives::<health::Health>(),
        Operation::new("readyz", Method::Get, "/readyz", "health")
            .summary("Calls are taken; 503 while not")
            .access(Access::Public)
            .gives::<health::Health>(),
        metrics,
        document,
        docs,
    ]
}

/// The OpenAPI 3.1 document.
pub fn document() -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    add(&mut schemas, &Shape::of::<Problem>());
    for operation in operations() {
        for body in [&operation.request, &operation.response] {
            if let Body::Json(shape) = body {
                add(&mut schemas, shape);
            }
        }
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[word(operation.method)] = describe(&operation);
    }
    merge_views(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Twinline",
            "version": "1",
            "description": "The centre's REST contract. Errors are RFC 9457 problem details with a stable `code`. \
                Edits name the version they saw in `If-Match`. Lists are paged by cursor. Times are milliseconds \
                since the epoch, or RFC 3339 in UTC where the published contact record has them so.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" }
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, { "cookie": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "twinline_session" }
            }
        }
    })
}

fn add(schemas: &mut Map<String, Value>, shape: &Shape) {
    for (name, schema) in &shape.schemas {
        schemas.entry(name.clone()).or_insert_with(|| schema.clone());
    }
}

/// A view is its spec and more members. As `allOf` it could never hold, since the spec allows no other members: written
/// out instead, without what is only written.
fn merge_views(schemas: &mut Map<String, Value>) {
    let specs = schemas.clone();
    for schema in schemas.values_mut() {
        let Some(parts) = schema.get("allOf").and_then(Value::as_array).cloned() else { continue };
        let mut properties = Map::new();
        let mut required = Vec::new();
        for part in &parts {
            let name = part["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
            let part = name.and_then(|name| specs.get(name)).unwrap_or(part);
            for (name, property) in part["properties"].as_object().into_iter().flatten() {
                if property["writeOnly"] != true {
                    properties.insert(name.clone(), property.clone());
                    // Readers get every member; only optional ones may be null.
                    required.push(Value::String(name.clone()));
                }
            }
        }
        let mut merged = json!({ "type": "object", "required": required, "properties": properties });
        if let Some(description) = schema.get("description") {
            merged["description"] = description.clone();
        }
        *schema = merged;
    }
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Delete => "delete",
    }
}

fn describe(operation: &Operation) -> Value {
    let mut parameters = Vec::new();
    for name in operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        parameters.push(json!({ "name": name, "in": "path", "required": true,
            "schema": { "type": "string", "format": "uuid" } }));
    }
    for (name, meaning) in operation.query {
        parameters.push(json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } }));
    }
    if operation.creates {
        parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string" },
            "description": "A repeated request with the same key acts once and is answered the same" }));
    }
    if operation.edits {
        parameters.push(json!({ "name": "If-Match", "in": "header", "required": true, "schema": { "type": "string" },
            "description": "ETag of the version that was seen; 412 when it was changed meanwhile" }));
    }
    let mut responses = Map::new();
    let mut success = json!({ "description": operation.summary });
    if let Some(content) = content(&operation.response) {
        success["content"] = content;
    }
    responses.insert(operation.status.to_string(), success);
    responses.insert(
        "default".to_owned(),
        json!({ "description": "Refused", "content": { "application/problem+json":
            { "schema": { "$ref": "#/components/schemas/Problem" } } } }),
    );
    let mut value = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": responses,
        "x-roles": roles(operation.access),
    });
    if !parameters.is_empty() {
        value["parameters"] = Value::Array(parameters);
    }
    if let Some(content) = content(&operation.request) {
        value["requestBody"] = json!({ "required": true, "content": content });
    }
    if operation.access == Access::Public {
        value["security"] = json!([]);
    }
    value
}

fn roles(access: Access) -> Value {
    match access {
        Access::Public => json!(["public"]),
        Access::SignedIn => json!(["signed_in"]),
        Access::Roles(roles) => json!(roles),
    }
}

fn content(body: &Body) -> Option<Value> {
    match body {
        Body::None => None,
        Body::Json(shape) => Some(json!({ "application/json":
            { "schema": { "$ref": format!("#/components/schemas/{}", shape.name) } } })),
        Body::Text(media) => Some(json!({ *media: { "schema": { "type": "string" } } })),
        Body::Bytes(media) => {
            let each = media.iter().map(|media| ((*media).to_owned(), json!({}))).collect::<Map<_, _>>();
            Some(Value::Object(each))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_has_a_name_and_a_place_of_its_own() {
        let operations = operations();
        let ids: BTreeSet<_> = operations.iter().map(|operation| &operation.id).collect();
        let places: BTreeSet<_> = operations.iter().map(|operation| (&operation.path, operation.method)).collect();
        assert_eq!(ids.len(), operations.len());
        assert_eq!(places.len(), operations.len());
        assert!(operations.iter().all(|operation| !operation.summary.is_empty()));
    }

    #[test]
    fn every_reference_in_the_document_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        let mut references = 0;
        for rest in text.split("#/components/schemas/").skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name} is not described");
            references += 1;
        }
        assert!(references > 50);
    }

    #[test]
    fn secrets_are_only_written() {
        let schemas = &document()["components"]["schemas"];
        for spec in ["UserSpec", "TrunkSpec"] {
            assert_eq!(schemas[spec]["properties"]["password"]["writeOnly"], true, "{spec}");
        }
    }

    /// The document as clients were generated from it. `UPDATE_GOLDEN=1` writes it anew; look at the difference.
    #[test]
    fn the_document_is_the_golden_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let now = serde_json::to_string_pretty(&document()).expect("a JSON value can be written") + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &now).expect("the golden file can be written");
        }
        let golden = std::fs::read_to_string(path).unwrap_or_default();
        assert!(golden == now, "openapi.json differs from the code: run UPDATE_GOLDEN=1 cargo test -p twinline-api");
    }
}
