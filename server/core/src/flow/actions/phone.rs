//! Telephone numbers as a caller keys them, made into E.164: `+`, country code, national number, at most 15 digits
//! (ITU-T E.164 6.2). Lengths within a country are checked for the North American plan alone.

use serde::{Deserialize, Serialize};

/// How a caller keys a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// As dialled within a country, with or without its trunk prefix.
    Local { country: String },
    /// Country code first, without `+`.
    E164,
}

/// A country's place in the numbering plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 letters.
    pub iso: &'static str,
    /// Country calling code (ITU-T E.164 list of assigned codes).
    pub code: &'static str,
    /// National trunk prefix that is left out in E.164; empty where there is none.
    pub trunk: &'static str,
}

/// By ISO 3166-1 letters, in either case.
pub fn country(iso: &str) -> Option<Country> {
    COUNTRIES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(iso)).map(|&(iso, code, trunk)| Country {
        iso,
        code,
        trunk,
    })
}

/// Most digits of a number, country code included.
const MAX_DIGITS: usize = 15;
/// Fewest digits that are taken for a number, country code included.
const MIN_DIGITS: usize = 7;
/// Digits of a national number in the North American Numbering Plan.
const NANP_DIGITS: usize = 10;

/// What was keyed as an E.164 number; `None` when it can be none.
pub fn to_e164(keyed: &str, format: &Format) -> Option<String> {
    if keyed.is_empty() || !keyed.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (code, national) = match format {
        Format::E164 => {
            let code = longest_code(keyed)?;
            (code, &keyed[code.len()..])
        }
        Format::Local { country: iso } => {
            let country = country(iso)?;
            let without_trunk = keyed.strip_prefix(country.trunk).unwrap_or(keyed);
            // Callers of the North American plan often key the 1 that is both trunk prefix and country code.
            let national = match country.code {
                "1" if keyed.len() == NANP_DIGITS + 1 => keyed.strip_prefix('1')?,
                _ => without_trunk,
            };
            (country.code, national)
        }
    };
    let fits = (MIN_DIGITS..=MAX_DIGITS).contains(&(code.len() + national.len()));
    let nanp = code != "1" || (national.len() == NANP_DIGITS && matches!(national.as_bytes()[0], b'2'..=b'9'));
    (fits && nanp && !national.starts_with('0') | leading_zero_is_kept(code)).then(|| format!("+{code}{national}"))
}

/// In Italy, San Marino and the Vatican, and in some African plans, the zero belongs to the number.
fn leading_zero_is_kept(code: &str) -> bool {
    matches!(code, "39" | "378" | "379" | "225" | "229" | "241" | "242")
}

/// The country code a number begins with; no code is the beginning of another.
fn longest_code(number: &str) -> Option<&'static str> {
    COUNTRIES.iter().map(|(_, code, _)| *code).filter(|code| number.starts_with(code)).max_by_key(|code| code.len())
}

/// ISO letters, country code, trunk prefix.
#[rustfmt::skip]
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("AD", "376", ""), ("AE", "971", "0"), ("AF", "93", "0"), ("AG", "1", ""), ("AI", "1", ""), ("AL", "355", "0"),
    ("AM", "374", "0"), ("AO", "244", ""), ("AR", "54", "0"), ("AS", "1", ""), ("AT", "43", "0"), ("AU", "61", "0"),
    ("AW", "297", ""), ("AX", "358", "0"), ("AZ", "994", "0"), ("BA", "387", "0"), ("BB", "1", ""), ("BD", "880", "0"),
    ("BE", "32", "0"), ("BF", "226", ""), ("BG", "359", "0"), ("BH", "973", ""), ("BI", "257", ""), ("BJ", "229", ""),
    ("BL", "590", "0"), ("BM", "1", ""), ("BN", "673", ""), ("BO", "591", "0"), ("BQ", "599", ""), ("BR", "55", "0"),
    ("BS", "1", ""), ("BT", "975", ""), ("BW", "267", ""), ("BY", "375", "8"), ("BZ", "501", ""), ("CA", "1", ""),
    ("CC", "61", "0"), ("CD", "243", "0"), ("CF", "236", ""), ("CG", "242", ""), ("CH", "41", "0"), ("CI", "225", ""),
    ("CK", "682", ""), ("CL", "56", ""), ("CM", "237", ""), ("CN", "86", "0"), ("CO", "57", ""), ("CR", "506", ""),
    ("CU", "53", "0"), ("CV", "238", ""), ("CW", "599", ""), ("CX", "61", "0"), ("CY", "357", ""), ("CZ", "420", ""),
    ("DE", "49", "0"), ("DJ", "253", ""), ("DK", "45", ""), ("DM", "1", ""), ("DO", "1", ""), ("DZ", "213", "0"),
    ("EC", "593", "0"), ("EE", "372", ""), ("EG", "20", "0"), ("EH", "212", "0"), ("ER", "291", "0"), ("ES", "34", ""),
    ("ET", "251", "0"), ("FI", "358", "0"), ("FJ", "679", ""), ("FK", "500", ""), ("FM", "691", ""), ("FO", "298", ""),
    ("FR", "33", "0"), ("GA", "241", ""), ("GB", "44", "0"), ("GD", "1", ""), ("GE", "995", "0"), ("GF", "594", "0"),
    ("GG", "44", "0"), ("GH", "233", "0"), ("GI", "350", ""), ("GL", "299", ""), ("GM", "220", ""), ("GN", "224", ""),
    ("GP", "590", "0"), ("GQ", "240", ""), ("GR", "30", ""), ("GT", "502", ""), ("GU", "1", ""), ("GW", "245", ""),
    ("GY", "592", ""), ("HK", "852", ""), ("HN", "504", ""), ("HR", "385", "0"), ("HT", "509", ""), ("HU", "36", "06"),
    ("ID", "62", "0"), ("IE", "353", "0"), ("IL", "972", "0"), ("IM", "44", "0"), ("IN", "91", "0"), ("IO", "246", ""),
    ("IQ", "964", "0"), ("IR", "98", "0"), ("IS", "354", ""), ("IT", "39", ""), ("JE", "44", "0"), ("JM", "1", ""),
    ("JO", "962", "0"), ("JP", "81", "0"), ("KE", "254", "0"), ("KG", "996", "0"), ("KH", "855", "0"), ("KI", "686", ""),
    ("KM", "269", ""), ("KN", "1", ""), ("KP", "850", "0"), ("KR", "82", "0"), ("KW", "965", ""), ("KY", "1", ""),
    ("KZ", "7", "8"), ("LA", "856", "0"), ("LB", "961", "0"), ("LC", "1", ""), ("LI", "423", ""), ("LK", "94", "0"),
    ("LR", "231", "0"), ("LS", "266", ""), ("LT", "370", "0"), ("LU", "352", ""), ("LV", "371", ""), ("LY", "218", "0"),
    ("MA", "212", "0"), ("MC", "377", ""), ("MD", "373", "0"), ("ME", "382", "0"), ("MF", "590", "0"), ("MG", "261", "0"),
    ("MH", "692", ""), ("MK", "389", "0"), ("ML", "223", ""), ("MM", "95", "0"), ("MN", "976", "0"), ("MO", "853", ""),
    ("MP", "1", ""), ("MQ", "596", "0"), ("MR", "222", ""), ("MS", "1", ""), ("MT", "356", ""), ("MU", "230", ""),
    ("MV", "960", ""), ("MW", "265", "0"), ("MX", "52", ""), ("MY", "60", "0"), ("MZ", "258", ""), ("NA", "264", "0"),
    ("NC", "687", ""), ("NE", "227", ""), ("NF", "672", ""), ("NG", "234", "0"), ("NI", "505", ""), ("NL", "31", "0"),
    ("NO", "47", ""), ("NP", "977", "0"), ("NR", "674", ""), ("NU", "683", ""), ("NZ", "64", "0"), ("OM", "968", ""),
    ("PA", "507", ""), ("PE", "51", "0"), ("PF", "689", ""), ("PG", "675", ""), ("PH", "63", "0"), ("PK", "92", "0"),
    ("PL", "48", ""), ("PM", "508", "0"), ("PR", "1", ""), ("PS", "970", "0"), ("PT", "351", ""), ("PW", "680", ""),
    ("PY", "595", "0"), ("QA", "974", ""), ("RE", "262", "0"), ("RO", "40", "0"), ("RS", "381", "0"), ("RU", "7", "8"),
    ("RW", "250", "0"), ("SA", "966", "0"), ("SB", "677", ""), ("SC", "248", ""), ("SD", "249", "0"), ("SE", "46", "0"),
    ("SG", "65", ""), ("SH", "290", ""), ("SI", "386", "0"), ("SJ", "47", ""), ("SK", "421", "0"), ("SL", "232", "0"),
    ("SM", "378", ""), ("SN", "221", ""), ("SO", "252", "0"), ("SR", "597", "0"), ("SS", "211", "0"), ("ST", "239", ""),
    ("SV", "503", ""), ("SX", "1", ""), ("SY", "963", "0"), ("SZ", "268", ""), ("TC", "1", ""), ("TD", "235", ""),
    ("TG", "228", ""), ("TH", "66", "0"), ("TJ", "992", ""), ("TK", "690", ""), ("TL", "670", ""), ("TM", "993", "8"),
    ("TN", "216", ""), ("TO", "676", ""), ("TR", "90", "0"), ("TT", "1", ""), ("TV", "688", ""), ("TW", "886", "0"),
    ("TZ", "255", "0"), ("UA", "380", "0"), ("UG", "256", "0"), ("US", "1", ""), ("UY", "598", "0"), ("UZ", "998", ""),
    ("VA", "39", ""), ("VC", "1", ""), ("VE", "58", "0"), ("VG", "1", ""), ("VI", "1", ""), ("VN", "84", "0"),
    ("VU", "678", ""), ("WF", "681", ""), ("WS", "685", ""), ("XK", "383", "0"), ("YE", "967", "0"), ("YT", "262", "0"),
    ("ZA", "27", "0"), ("ZM", "260", "0"), ("ZW", "263", "0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn local(keyed: &str, country: &str) -> Option<String> {
        to_e164(keyed, &Format::Local { country: country.to_owned() })
    }

    #[test]
    fn a_local_number_loses_its_trunk_prefix_and_gains_its_country() {
        assert_eq!(local("01012345678", "KR").as_deref(), Some("+821012345678"));
        assert_eq!(local("0212345678", "kr").as_deref(), Some("+82212345678"));
        assert_eq!(local("2065550100", "US").as_deref(), Some("+12065550100"));
        assert_eq!(local("12065550100", "US").as_deref(), Some("+12065550100"));
        assert_eq!(local("0612345678", "IT").as_deref(), Some("+390612345678"));
    }

    #[test]
    fn what_cannot_be_a_number_is_refused() {
        for (keyed, country) in [("", "KR"), ("12", "KR"), ("555*100", "US"), ("5550100", "US"), ("1065550100", "US")] {
            assert_eq!(local(keyed, country), None, "{keyed} in {country}");
        }
        assert_eq!(local("2065550100", "XX"), None);
        assert_eq!(to_e164("999123456789", &Format::E164), None);
        assert_eq!(to_e164("8210123456789012345", &Format::E164), None);
        assert_eq!(to_e164("821012345678", &Format::E164).as_deref(), Some("+821012345678"));
    }

    #[test]
    fn no_country_code_begins_another() {
        for (_, one, _) in COUNTRIES {
            for (_, other, _) in COUNTRIES {
                assert!(one == other || !other.starts_with(one), "{one} {other}");
            }
        }
    }
}
