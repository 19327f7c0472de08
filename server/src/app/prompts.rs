//! Prompts and their sound files below `prompts/`.

use super::{App, actor::Actor, error::*, nouns::*};
use std::path::{Path, PathBuf};
use twinline_api::rest::prompts::{Prompt as View, PromptSpec};
use twinline_model::*;

/// Bytes of a sound file at most.
pub const SOUND_BYTES: usize = 20 * 1_024 * 1_024;

impl Managed for Prompt {
    type Spec = PromptSpec;
    type View = View;
    const WORD: &'static str = "prompt";

    fn fresh_id(bits: u128) -> PromptId {
        PromptId::from_bits(bits)
    }

    fn build(id: PromptId, spec: PromptSpec, before: Option<&Self>, _centre: &Centre) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        check_text("description", &spec.description, 1_000)?;
        let file = match spec.file {
            Some(file) => file,
            None => before.map_or_else(|| format!("{id}.wav"), |before| before.file.clone()),
        };
        check_file(&file)?;
        Ok(Prompt { id, name: spec.name, description: spec.description, file })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(PromptId::KIND, self.id),
            version,
            spec: PromptSpec {
                name: self.name.clone(),
                description: self.description.clone(),
                file: Some(self.file.clone()),
            },
        }
    }

    fn used_by(id: PromptId, centre: &Centre) -> Vec<String> {
        let text = id.to_string();
        let flows = centre.flows.values().filter(|flow| flow.content.contains(&text));
        flows.map(|flow| format!("flow {}", flow.name)).collect()
    }
}

/// A plain file name: nothing that leads out of `prompts/`.
fn check_file(file: &str) -> Result<(), Refusal> {
    let plain = !file.starts_with('.')
        && (1..=120).contains(&file.len())
        && file.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && [".wav", ".ogg"].iter().any(|end| file.ends_with(end));
    if plain {
        return Ok(());
    }
    Err(Refusal::new("invalid", "This is not a plain name of a WAV or Ogg file.")
        .field("file")
        .remedy("Use letters, digits, - and _, ending in .wav or .ogg."))
}

/// Which sound this is, by its first bytes.
fn kind_of(sound: &[u8]) -> Option<&'static str> {
    match sound {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("wav"),
        [b'O', b'g', b'g', b'S', ..] => Some("ogg"),
        _ => None,
    }
}

impl App {
    pub fn prompts_dir(&self) -> PathBuf {
        self.config.data.dir.join("prompts")
    }

    /// Stores the sound of a prompt. Written beside and moved into place: a caller hears the old one or the new one.
    pub async fn put_prompt_sound(&self, actor: &Actor, id: PromptId, sound: Vec<u8>) -> Result<(), Refused> {
        let Some(kind) = kind_of(&sound) else {
            let refusal = Refusal::new("not_a_sound", "This is neither WAV nor Ogg.").field("body");
            return Err(Refused::new(Kind::WrongMediaType, refusal.remedy("Send a WAV or Ogg Vorbis file.")));
        };
        let _changing = self.changing.lock().await;
        let mut centre = Centre::clone(&self.centre());
        let mut prompt = centre.prompts.get(&id).cloned().ok_or_else(|| Refused::not_found("prompt"))?;
        // A new name, so that whoever remembers the old sound by its file does not play it.
        prompt.file = format!("{id}-{:x}.{kind}", self.clock.now().as_micros());
        let (dir, file) = (self.prompts_dir(), prompt.file.clone());
        tokio::task::spawn_blocking(move || write_file(&dir, &file, &sound))
            .await
            .map_err(Refused::internal)?
            .map_err(Refused::internal)?;
        let version = self.store.version::<Prompt>(id).await?;
        let entry = self.entry(actor, "prompt.put_audio", &prompt.name, None, None);
        self.store.put(&prompt, Some(version), Some(entry)).await?;
        centre.prompts.insert(id, prompt);
        self.take_over(centre).await;
        Ok(())
    }

    pub fn prompt_sound(&self, id: PromptId) -> Result<PathBuf, Refused> {
        let centre = self.centre();
        let prompt = centre.prompts.get(&id).ok_or_else(|| Refused::not_found("prompt"))?;
        Ok(self.prompts_dir().join(&prompt.file))
    }
}

fn write_file(dir: &Path, file: &str, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    std::fs::create_dir_all(dir)?;
    let part = dir.join(format!("{file}.part"));
    let mut out = std::fs::File::create(&part)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(part, dir.join(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_file_cannot_lead_out_of_its_directory() {
        for bad in ["../x.wav", "/etc/passwd", "a/b.wav", ".wav", "x.mp3", "", "x\0.wav", "..wav/../x.wav"] {
            assert!(check_file(bad).is_err(), "{bad:?}");
        }
        assert!(check_file("hold-music_1.wav").is_ok());
    }
}
