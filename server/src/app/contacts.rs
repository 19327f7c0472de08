//! Contact records: supervisors see all, agents their own.

use super::{App, actor::Actor, error::Refused, timeline};
use serde::de::DeserializeOwned;
use twinline_api::rest::contacts::{Contact, Timeline};
use twinline_model::*;
use twinline_store::ContactQuery;

/// What a search says, as it was written.
#[derive(Clone, Debug, Default)]
pub struct Search {
    pub from: Option<String>,
    pub to: Option<String>,
    pub queue: Option<String>,
    pub agent: Option<String>,
    pub customer: Option<String>,
    pub channel: Option<String>,
    pub method: Option<String>,
    pub disposition: Option<String>,
    pub abandoned: bool,
    pub cursor: Option<String>,
    pub limit: u32,
}

impl App {
    pub async fn contacts(&self, actor: &Actor, search: Search) -> Result<(Vec<Contact>, Option<String>), Refused> {
        let limit = search.limit;
        let mut query = read(search)?;
        if !sees_all(actor) {
            query.agent = Some(actor.agent);
        }
        let mut found = self.store.search_contacts(&ContactQuery { limit: limit + 1, ..query }).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| more).map(cursor_of);
        Ok((found.into_iter().map(Contact).collect(), next))
    }

    pub async fn contact(&self, actor: &Actor, id: ContactId) -> Result<Contact, Refused> {
        let record = self.store.contact(id).await.map_err(not_found)?;
        let own = record.agent.as_ref().is_some_and(|agent| agent.arn.ends_with(&actor.agent.to_string()));
        // Somebody else's contact is as if it were not there.
        if sees_all(actor) || own { Ok(Contact(record)) } else { Err(Refused::not_found("contact")) }
    }

    /// A contact under way has a timeline before it has a record.
    pub async fn timeline(&self, actor: &Actor, id: ContactId, language: Option<&str>) -> Result<Timeline, Refused> {
        if !sees_all(actor) {
            self.contact(actor, id).await?;
        }
        let language = timeline::Language::named(language.unwrap_or(&actor.language));
        let events = self.store.contact_events(id).await?;
        if events.is_empty() {
            return Err(Refused::not_found("contact"));
        }
        Ok(Timeline { entries: timeline::of(&events, &self.centre(), language) })
    }
}

fn not_found(error: twinline_store::StoreError) -> Refused {
    match error {
        twinline_store::StoreError::NotFound => Refused::not_found("contact"),
        error => error.into(),
    }
}

fn sees_all(actor: &Actor) -> bool {
    actor.is(Role::Supervisor) || actor.is(Role::Admin)
}

fn read(search: Search) -> Result<ContactQuery, Refused> {
    Ok(ContactQuery {
        from: search.from.map(|text| instant("from", &text)).transpose()?,
        to: search.to.map(|text| instant("to", &text)).transpose()?,
        queue: search.queue.map(|text| id("queue", &text)).transpose()?,
        agent: search.agent.map(|text| id("agent", &text)).transpose()?,
        customer: search.customer,
        channel: search.channel.map(|text| word("channel", &text)).transpose()?,
        method: search.method.map(|text| word("method", &text)).transpose()?,
        disposition: search.disposition,
        abandoned: search.abandoned,
        after: search.cursor.map(|text| read_cursor(&text)).transpose()?,
        limit: search.limit,
    })
}

/// RFC 3339 with any offset, to UTC with six digits of fraction as records have it.
fn instant(field: &str, text: &str) -> Result<String, Refused> {
    let at: jiff::Timestamp = text.parse().map_err(|_| {
        Refused::invalid(field, "This is not a time.", "Write RFC 3339, for example 2026-11-23T09:00:00+09:00.")
    })?;
    Ok(Timestamp::from_micros(at.as_microsecond()).to_rfc3339())
}

fn id<I: std::str::FromStr>(field: &str, text: &str) -> Result<I, Refused> {
    text.parse().map_err(|_| Refused::invalid(field, "This is not an id.", "Give a UUID or an ARN."))
}

fn word<T: DeserializeOwned>(field: &str, text: &str) -> Result<T, Refused> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|error| Refused::invalid(field, format!("This word is not known: {error}."), "See /api/docs."))
}

fn cursor_of(record: &ContactRecord) -> String {
    hex::encode(format!("{} {}", record.initiation_timestamp, record.contact_id))
}

fn read_cursor(text: &str) -> Result<(String, ContactId), Refused> {
    let plain = hex::decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    plain
        .as_deref()
        .and_then(|plain| plain.split_once(' '))
        .and_then(|(at, id)| Some((at.to_owned(), id.parse().ok()?)))
        .ok_or_else(|| Refused::invalid("cursor", "This is no cursor of ours.", "Use `next` of the page before."))
}
