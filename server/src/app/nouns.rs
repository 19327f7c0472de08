//! What all configured things have in common: add, look at, replace by version, delete when nothing needs it. The file
//! of each noun says what is right for it.

use super::{App, actor::Actor, error::*};
use serde::{Serialize, de::DeserializeOwned};
use twinline_model::{Centre, Refusal};
use twinline_store::Noun;

/// A configured thing as clients write and read it.
pub trait Managed: Noun {
    type Spec: DeserializeOwned + Send + 'static;
    type View: Serialize + Send + 'static;
    /// As in sentences: "queue".
    const WORD: &'static str;

    fn fresh_id(bits: u128) -> Self::Id;
    /// Checks a spec and makes the thing of it; `before`: what it replaces.
    fn build(id: Self::Id, spec: Self::Spec, before: Option<&Self>, centre: &Centre) -> Result<Self, Refusal>;
    fn view(&self, version: u64, centre: &Centre) -> Self::View;
    /// Names of what would break without it.
    fn used_by(id: Self::Id, centre: &Centre) -> Vec<String>;
}

/// One page of a list.
pub struct Listed<V> {
    pub items: Vec<V>,
    pub next: Option<String>,
}

impl App {
    /// By name, after `cursor`.
    pub async fn list<N: Managed>(&self, cursor: Option<&str>, limit: usize) -> Result<Listed<N::View>, Refused> {
        let centre = self.centre();
        let versions = self.store.versions::<N>().await?;
        let mut all: Vec<&N> = N::among(&centre).values().collect();
        all.sort_by(|a, b| a.name().cmp(b.name()));
        let after = all.iter().filter(|noun| cursor.is_none_or(|cursor| noun.name() > cursor));
        let page: Vec<&N> = after.take(limit + 1).copied().collect();
        let next = (page.len() > limit).then(|| page.get(limit.saturating_sub(1)).map(|noun| noun.name().to_owned()));
        let items = page.iter().take(limit);
        let items = items.map(|noun| noun.view(versions.get(&noun.id()).copied().unwrap_or(1), &centre)).collect();
        Ok(Listed { items, next: next.flatten() })
    }

    pub async fn get<N: Managed>(&self, id: N::Id) -> Result<(N::View, u64), Refused> {
        let centre = self.centre();
        let noun = N::among(&centre).get(&id).ok_or_else(|| Refused::not_found(N::WORD))?;
        let version = self.store.version::<N>(id).await?;
        Ok((noun.view(version, &centre), version))
    }

    pub async fn create<N: Managed>(&self, actor: &Actor, spec: N::Spec) -> Result<(N::Id, N::View), Refused> {
        let _changing = self.changing.lock().await;
        let mut centre = Centre::clone(&self.centre());
        let id = N::fresh_id(super::random_bits()?);
        let noun = N::build(id, spec, None, &centre)?;
        name_is_free(&noun, &centre)?;
        let view = noun.view(1, &centre);
        let entry = self.entry(actor, format!("{}.create", N::KIND), noun.name(), None, json(&view));
        self.store.put(&noun, None, Some(entry)).await?;
        N::among_mut(&mut centre).insert(id, noun);
        self.take_over(centre).await;
        Ok((id, view))
    }

    /// `version`: the one that was seen; `None`: whichever there is.
    pub async fn replace<N: Managed>(
        &self,
        actor: &Actor,
        id: N::Id,
        version: Option<u64>,
        spec: N::Spec,
    ) -> Result<(N::View, u64), Refused> {
        let _changing = self.changing.lock().await;
        let mut centre = Centre::clone(&self.centre());
        let before = N::among(&centre).get(&id).ok_or_else(|| Refused::not_found(N::WORD))?;
        let seen = match version {
            Some(version) => version,
            None => self.store.version::<N>(id).await?,
        };
        let noun = N::build(id, spec, Some(before), &centre)?;
        name_is_free(&noun, &centre)?;
        let view = noun.view(seen + 1, &centre);
        let was = json(&before.view(seen, &centre));
        let entry = self.entry(actor, format!("{}.replace", N::KIND), noun.name(), was, json(&view));
        let version = self.store.put(&noun, Some(seen), Some(entry)).await?;
        N::among_mut(&mut centre).insert(id, noun);
        self.take_over(centre).await;
        Ok((view, version))
    }

    pub async fn delete<N: Managed>(&self, actor: &Actor, id: N::Id, version: Option<u64>) -> Result<(), Refused> {
        let _changing = self.changing.lock().await;
        let mut centre = Centre::clone(&self.centre());
        let noun = N::among(&centre).get(&id).ok_or_else(|| Refused::not_found(N::WORD))?;
        let users = N::used_by(id, &centre);
        if !users.is_empty() {
            let shown = users.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let refusal = Refusal::new("in_use", format!("This {} is used by {shown}.", N::WORD));
            return Err(Refused::new(Kind::Conflict, refusal.remedy("Change those first.")));
        }
        let was = json(&noun.view(version.unwrap_or(0), &centre));
        let entry = self.entry(actor, format!("{}.delete", N::KIND), noun.name(), was, None);
        self.store.delete::<N>(id, version, Some(entry)).await?;
        N::among_mut(&mut centre).remove(&id);
        self.take_over(centre).await;
        Ok(())
    }
}

fn name_is_free<N: Managed>(noun: &N, centre: &Centre) -> Result<(), Refused> {
    let taken = N::among(centre).values().any(|other| other.id() != noun.id() && other.name() == noun.name());
    if taken { Err(twinline_store::StoreError::NameTaken.into()) } else { Ok(()) }
}

fn json(view: &impl Serialize) -> Option<serde_json::Value> {
    serde_json::to_value(view).ok()
}

/// Longest name of anything, in characters.
const NAME: usize = 127;

/// A name people can tell apart: 1–127 characters, no control characters, no space around.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    check_text("name", name, NAME)?;
    if name.is_empty() || name.trim() != name {
        return Err(Refusal::new("invalid", "The name is empty or has space around it.")
            .field("name")
            .remedy("Give 1 to 127 characters without space at the ends."));
    }
    Ok(())
}

/// Text of at most so many characters without control characters (line breaks are none).
pub fn check_text(field: &str, text: &str, longest: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > longest {
        return Err(Refusal::new("invalid", format!("{length} characters are too many."))
            .field(field)
            .remedy(format!("Use at most {longest}.")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Refusal::new("invalid", "There is a control character in it.")
            .field(field)
            .remedy("Use text without control characters."));
    }
    Ok(())
}

/// A number as people dial it: optional `+`, digits, `*`, `#`, and punctuation that is ignored.
pub fn check_number(field: &str, number: &str) -> Result<(), Refusal> {
    let plain: String = number.chars().filter(|c| !matches!(c, '-' | '.' | ' ' | '(' | ')')).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let fits = (1..=32).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
    if fits {
        return Ok(());
    }
    Err(Refusal::new("invalid_number", "This is not a telephone number.").field(field).remedy(
        "Write 1 to 32 digits, with + and the country code in front for E.164; - . ( ) and spaces are ignored.",
    ))
}

/// What a spec refers to must exist.
pub fn check_known(known: bool, field: &str, what: &str) -> Result<(), Refusal> {
    if known {
        return Ok(());
    }
    Err(Refusal::new("unknown_reference", format!("There is no such {what}."))
        .field(field)
        .remedy(format!("Name an existing {what} by its id.")))
}

/// A number within bounds.
pub fn check_range(field: &str, value: u32, range: std::ops::RangeInclusive<u32>) -> Result<(), Refusal> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(Refusal::new("out_of_range", format!("{value} is outside what is possible.")).field(field).remedy(format!(
        "Choose {} to {}.",
        range.start(),
        range.end()
    )))
}
