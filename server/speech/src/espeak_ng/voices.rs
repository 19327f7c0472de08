//! Voice names of flows (Amazon Polly's) and language tags, and the espeak-ng voice that stands in for them. `+f3` and
//! `+m3` are its female and male variants.

use crate::{SpeechError, SpeechRequest};

/// Names by language: espeak-ng voice, women's names, men's names.
const VOICES: [(&str, &[&str], &[&str]); 15] = [
    ("ko", &["Seoyeon", "Jihye"], &[]),
    (
        "en-us",
        &["Joanna", "Kendra", "Kimberly", "Salli", "Ivy", "Ruth", "Danielle"],
        &["Matthew", "Joey", "Justin", "Kevin", "Stephen", "Gregory"],
    ),
    (
        "en-gb",
        &["Amy", "Emma", "Nicole", "Olivia", "Aditi", "Raveena", "Kajal", "Niamh"],
        &["Brian", "Arthur", "Russell"],
    ),
    ("ja", &["Mizuki", "Kazuha", "Tomoko"], &["Takumi"]),
    ("cmn", &["Zhiyu"], &[]),
    ("de", &["Marlene", "Vicki", "Hannah"], &["Hans", "Daniel"]),
    ("fr-fr", &["Celine", "Lea", "Chantal", "Gabrielle", "Isabelle"], &["Mathieu", "Remi", "Liam"]),
    ("es", &["Conchita", "Lucia"], &["Enrique", "Sergio"]),
    ("es-419", &["Lupe", "Penelope", "Mia"], &["Miguel", "Pedro", "Andres"]),
    ("it", &["Carla", "Bianca"], &["Giorgio", "Adriano"]),
    ("pt-br", &["Camila", "Vitoria"], &["Ricardo", "Thiago"]),
    ("pt", &["Ines"], &["Cristiano"]),
    ("nl", &["Lotte", "Laura"], &["Ruben"]),
    ("pl", &["Ewa", "Maja", "Ola"], &["Jacek", "Jan"]),
    ("ru", &["Tatyana"], &["Maxim"]),
];

/// Language tags (lower case; a prefix up to a hyphen fits) where the name says nothing, the more special first.
const LANGUAGES: [(&str, &str); 18] = [
    ("ko", "ko+f3"),
    ("en-us", "en-us+f3"),
    ("en", "en-gb+f3"),
    ("ja", "ja+f3"),
    ("cmn", "cmn+f3"),
    ("zh", "cmn+f3"),
    ("de", "de+f3"),
    ("fr", "fr-fr+f3"),
    ("es-us", "es-419+f3"),
    ("es-mx", "es-419+f3"),
    ("es", "es+f3"),
    ("it", "it+f3"),
    ("pt-br", "pt-br+f3"),
    ("pt", "pt+f3"),
    ("nl", "nl+f3"),
    ("pl", "pl+f3"),
    ("ru", "ru+f3"),
    ("vi", "vi+f3"),
];

/// The voice of a request: by its name, else by its language.
pub(super) fn find(request: &SpeechRequest) -> Result<String, SpeechError> {
    let is = |name: &&&str| name.eq_ignore_ascii_case(&request.voice);
    for (voice, women, men) in VOICES {
        if women.iter().find(is).is_some() {
            return Ok(format!("{voice}+f3"));
        }
        if men.iter().find(is).is_some() {
            return Ok(format!("{voice}+m3"));
        }
    }
    let tag = request.language.to_ascii_lowercase().replace('_', "-");
    let fits = |prefix: &str| tag.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let by_language = LANGUAGES.iter().find(|(prefix, _)| fits(prefix));
    by_language.map(|(_, voice)| (*voice).to_owned()).ok_or_else(|| SpeechError::NoVoice {
        voice: request.voice.chars().take(64).collect(),
        language: request.language.chars().take(64).collect(),
    })
}
