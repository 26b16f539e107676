//! One line of input as a command.

use std::time::Duration;

use smol_str::SmolStr;

/// What each command is called and takes.
const USAGE: &[&str] = &[
    "members",
    "join ADDR…",
    "meta TEXT",
    "broadcast TEXT",
    "send NAME TEXT",
    "send-packet NAME TEXT",
    "ping NAME",
    "key add|use|remove BASE64",
    "key list",
    "stats",
    "leave [SECONDS]",
    "quit",
];

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Members,
    Join(Vec<String>),
    Meta(String),
    Broadcast(String),
    Send(SmolStr, String),
    SendPacket(SmolStr, String),
    Ping(SmolStr),
    KeyList,
    /// What is to be done, and the key as it was typed.
    Key(KeyAction, String),
    Stats,
    Leave(Option<Duration>),
    Quit,
}

/// What is done with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyAction {
    Add,
    Use,
    Remove,
}

impl Command {
    /// Reads a line whose first word is `word`; the error says how it should look.
    pub(crate) fn parse(word: &str, rest: &str) -> Result<Self, String> {
        match word {
            "members" => Ok(Self::Members),
            "join" if !rest.is_empty() => {
                Ok(Self::Join(rest.split_whitespace().map(str::to_owned).collect()))
            }
            "meta" => Ok(Self::Meta(rest.to_owned())),
            "broadcast" => Ok(Self::Broadcast(rest.to_owned())),
            "send" => named(word, rest).map(|(name, text)| Self::Send(name, text)),
            "send-packet" => named(word, rest).map(|(name, text)| Self::SendPacket(name, text)),
            "ping" if !rest.is_empty() => Ok(Self::Ping(rest.trim_end().into())),
            "key" => key(rest),
            "stats" => Ok(Self::Stats),
            "leave" if rest.is_empty() => Ok(Self::Leave(None)),
            "leave" => seconds(rest).map(|timeout| Self::Leave(Some(timeout))),
            "quit" => Ok(Self::Quit),
            _ => Err(usage(word)),
        }
    }
}

/// The first word of a line, and what follows the space behind it.
pub(crate) fn split(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    let line = line.strip_suffix('\r').unwrap_or(line);
    line.split_once(' ').unwrap_or((line, ""))
}

fn key(rest: &str) -> Result<Command, String> {
    let (action, key) = split(rest);
    let action = match action {
        "list" if key.is_empty() => return Ok(Command::KeyList),
        "add" => KeyAction::Add,
        "use" => KeyAction::Use,
        "remove" => KeyAction::Remove,
        _ => return Err(usage("key")),
    };
    match key.trim() {
        "" => Err(usage("key")),
        key => Ok(Command::Key(action, key.to_owned())),
    }
}

fn named(word: &str, rest: &str) -> Result<(SmolStr, String), String> {
    let (name, text) = split(rest);
    if name.is_empty() {
        return Err(usage(word));
    }
    Ok((name.into(), text.to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.trim().parse().ok().and_then(|n| Duration::try_from_secs_f64(n).ok());
    seconds.ok_or_else(|| usage("leave"))
}

/// How `word` is used; all commands if it is none of them.
fn usage(word: &str) -> String {
    let forms = USAGE.iter().filter(|form| split(form).0 == word);
    let forms: Vec<&str> = forms.copied().collect();
    if forms.is_empty() {
        return format!("there is no command `{word}`; commands are: {}", USAGE.join(", "));
    }
    format!("it is used like this: {}", forms.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        let (word, rest) = split(line);
        Command::parse(word, rest)
    }

    #[test]
    fn text_keeps_its_spaces() {
        assert_eq!(parse("meta  a  b "), Ok(Command::Meta(" a  b ".to_owned())));
        assert_eq!(parse("meta"), Ok(Command::Meta(String::new())));
        assert_eq!(parse("send b  x\r"), Ok(Command::Send("b".into(), " x".to_owned())));
    }

    #[test]
    fn every_command_of_the_list_is_known() {
        for form in USAGE {
            let line = form.replace("[SECONDS]", "1.5").replace('…', "");
            let line = line.replace("add|use|remove", "use");
            assert!(parse(&line).is_ok(), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_says_how_it_should_look() {
        assert!(parse("member").unwrap_err().contains("members, join ADDR…, meta TEXT"));
        assert_eq!(parse("join").unwrap_err(), "it is used like this: join ADDR…");
        assert!(parse("key add").unwrap_err().contains("key list"));
        assert!(parse("key make x").unwrap_err().contains("key add|use|remove BASE64"));
        assert_eq!(parse("send").unwrap_err(), "it is used like this: send NAME TEXT");
        assert!(parse("leave soon").unwrap_err().contains("leave [SECONDS]"));
        assert!(parse("leave -1").unwrap_err().contains("leave [SECONDS]"));
    }
}
