//! A steady mix of reads and writes, as one act at the playhead.

use dynamo_sim::Command;
use dynamo_sim::script::Workload;
use yew::prelude::*;

use crate::forms::sentence;
use crate::part::Hooks;
use crate::parts::{Field, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::{LOAD_ABOUT, LOAD_FIELDS, LOAD_START};

/// The form.
pub fn draw(_: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    // As in a script: `clients=3`.
    let fields = hooks.keep(|| {
        let usual = Workload::default().to_string();
        let fields = usual.split(' ').skip(1).filter_map(|field| field.split_once('='));
        fields.map(|(_, text)| text.to_string()).collect::<Vec<String>>()
    });
    let error = hooks.keep(|| None::<(usize, String)>);
    let start = {
        let (dispatch, fields, error) = (dispatch.clone(), fields.clone(), error.clone());
        move || match read(&fields) {
            Ok(command) => {
                error.set(None);
                dispatch.dispatch(Action::Act(command));
            }
            Err(wrong) => error.set(Some(wrong)),
        }
    };
    html! {
        <form class="form" onsubmit={on_submit(start)}>
            <h2 class="hidden">{ "Load" }</h2>
            <p class="hint">{ LOAD_ABOUT }</p>
            { for LOAD_FIELDS.iter().enumerate().map(|(index, (name, label, hint))| {
                let id = format!("load-{name}");
                let wrong = error.as_ref().filter(|(at, _)| *at == index).map(|(_, it)| it.as_str());
                let oninput = on_type({
                    let fields = fields.clone();
                    move |text| {
                        let mut next = (*fields).clone();
                        if let Some(field) = next.get_mut(index) {
                            *field = text;
                        }
                        fields.set(next);
                    }
                });
                let field = Field { id: &id, label, error: wrong, hint, ..Field::default() };
                field.around(html! {
                    <input id={id.clone()} class="input" autocomplete="off" spellcheck="false" autocapitalize="none"
                        aria-describedby={format!("{id}-more")} value={fields.get(index).cloned()} {oninput} />
                })
            }) }
            <div class="actions"><button type="submit" class="button is-main">{ LOAD_START }</button></div>
        </form>
    }
}

/// The command, or which field is wrong and why.
fn read(fields: &[String]) -> Result<Command, (usize, String)> {
    let mut line = "workload".to_string();
    let mut ends = Vec::new();
    for (index, ((name, _, hint), text)) in LOAD_FIELDS.iter().zip(fields).enumerate() {
        if text.split_whitespace().count() != 1 {
            return Err((index, format!("Expected one value. {hint}")));
        }
        line.push_str(&format!(" {name}={}", text.trim()));
        ends.push(line.chars().count());
    }
    line.parse::<Command>().map_err(|wrong| {
        let index = ends.iter().position(|end| wrong.column <= *end).unwrap_or(0);
        (index, sentence(&format!("expected {}", wrong.expected)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(change: Option<(usize, &str)>) -> Result<String, (usize, String)> {
        let mut fields = ["3", "20", "0.5", "5", "1", "10s"].map(String::from);
        if let Some((index, text)) = change {
            fields[index] = text.to_string();
        }
        read(&fields).map(|command| command.to_string())
    }

    #[test]
    fn what_is_typed_becomes_a_line_or_the_wrong_field_is_named() {
        assert_eq!(typed(None), Ok(Workload::default().to_string()));
        assert_eq!(
            typed(Some((2, "2"))),
            Err((2, "Expected a share from 0 to 1, such as 0.5.".into()))
        );
        assert_eq!(typed(Some((1, "2 keys=3"))).map_err(|(at, _)| at), Err(1));
        let too_many = "Expected rate x length of at most 5000 operations.";
        assert_eq!(typed(Some((5, "300s"))), Err((5, too_many.into())));
        assert_eq!(typed(Some((0, "65"))).map_err(|(at, _)| at), Err(0));
        assert_eq!(typed(Some((4, ""))).map_err(|(at, _)| at), Err(4));
    }
}
