//! Controls bound to members of the document.

use std::rc::Rc;

use afterimage_policy::json::Json;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::edit::Edit;
use crate::edit::shown;
use crate::protocol::Level;
use crate::protocol::Loaded;
use crate::protocol::Problem;
use crate::state::Action;
use crate::state::Document;
use crate::text;
use crate::view::Dispatch;
use crate::view::chosen;
use crate::view::quoted;
use crate::view::value;

/// What every control needs.
#[derive(Clone)]
pub(super) struct Form {
    pub document: Document,
    pub loaded: Rc<Loaded>,
    pub diagnostics: Rc<Vec<Problem>>,
    pub dispatch: Dispatch,
}

impl Form {
    /// Whether this place looks the same in both.
    pub(super) fn is_same_at(&self, other: &Self, place: &str) -> bool {
        self.diagnostics == other.diagnostics
            && Rc::ptr_eq(&self.loaded, &other.loaded)
            && self.dispatch == other.dispatch
            && self.document.pointer(place) == other.document.pointer(place)
    }

    /// A labelled line.
    pub(super) fn line(&self, label: &str, place: &str, control: Html) -> Html {
        html! {
            <>
                <div class="field"><label for={place.to_owned()}>{ label.to_owned() }</label>{ control }</div>
                { self.beside(place) }
            </>
        }
    }

    /// What is wrong or doubtful at a place or inside it, in a few words; the list of problems says more.
    pub(super) fn beside(&self, place: &str) -> Html {
        self.problems(|path| {
            path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Like [`Form::beside`], at these very places.
    pub(super) fn beside_only(&self, places: &[&str]) -> Html {
        self.problems(|path| places.contains(&path))
    }

    fn problems(&self, is_here: impl Fn(&str) -> bool) -> Html {
        let is_shown = |problem: &&Problem| problem.severity != Level::Info && is_here(&problem.path);
        let mut problems = self.diagnostics.iter().filter(is_shown).peekable();
        if problems.peek().is_none() {
            return Html::default();
        }
        let item = |problem: &Problem| {
            if text::is_blank(problem, &self.document) {
                return html! { <li class="soft">{ format!("○ to fill in: {}", text::to_fill_in(&problem.path)) }</li> };
            }
            let (class, glyph, _) = text::severity(problem.severity);
            let fix = problem.fix.as_ref().map(|(title, patch)| {
                let patch = patch.clone();
                let onclick =
                    self.dispatch.reform(move |_: MouseEvent| Action::Edit(Edit::Patch(patch.clone())));
                html! { <>{ " " }<button type="button" class="link" {onclick}>{ quoted(title) }</button></> }
            });
            html! { <li><span {class}>{ format!("{glyph} ") }{ quoted(&problem.message) }</span>{ fix }</li> }
        };
        html! { <ul class="beside">{ for problems.map(item) }</ul> }
    }

    pub(super) fn text(&self, place: &str, label: &str, hint: &str) -> Html {
        let at = place.to_owned();
        let oninput = self
            .dispatch
            .reform(move |event: InputEvent| Action::Edit(Edit::Text(at.clone(), value(&event))));
        self.input(place, label, (hint, offered(hint)), "", self.shown(place), oninput)
    }

    /// The version of a recipe, with those that the inventory has of it.
    pub(super) fn version(&self, place: &str, label: &str, recipe: &str) -> Html {
        let at = place.to_owned();
        let oninput = self
            .dispatch
            .reform(move |event: InputEvent| Action::Edit(Edit::Text(at.clone(), value(&event))));
        let list = format!("{place}#known");
        html! {
            <>
                { self.input(place, label, ("x.x.x", &list), "", self.shown(place), oninput) }
                { offer(&list, self.loaded.known.versions(recipe), "image", "images") }
            </>
        }
    }

    /// A field for a whole number; anything else that is typed stays and is reported.
    pub(super) fn number(&self, place: &str, label: &str) -> Html {
        let at = place.to_owned();
        let oninput = self
            .dispatch
            .reform(move |event: InputEvent| Action::Edit(Edit::Number(at.clone(), value(&event))));
        self.input(place, label, ("", ""), "n", self.shown(place), oninput)
    }

    fn input(
        &self,
        place: &str,
        label: &str,
        (hint, list): (&str, &str),
        class: &'static str,
        shown: String,
        oninput: Callback<InputEvent>,
    ) -> Html {
        let problem = self.problem(place);
        html! {
            <input id={place.to_owned()} list={(!list.is_empty()).then(|| list.to_owned())} class={classes!("in", class)} value={shown} {oninput} aria-label={label.to_owned()}
                placeholder={hint.to_owned()} inputmode={(class == "n").then_some("numeric")} spellcheck="false" autocomplete="off"
                aria-invalid={problem.is_some().then_some("true")} aria-describedby={problem} />
        }
    }

    /// One of a few values; `absent` is what a missing member means.
    pub(super) fn choice(
        &self,
        place: &str,
        label: &str,
        absent: &str,
        options: &[(&'static str, &'static str)],
    ) -> Html {
        let at = place.to_owned();
        let onchange =
            self.dispatch.reform(move |event: Event| Action::Edit(Edit::Text(at.clone(), chosen(&event))));
        self.choice_with(place, label, absent, options, onchange)
    }

    /// Like [`Form::choice`], with more to do than to set the member.
    pub(super) fn choice_with(
        &self,
        place: &str,
        label: &str,
        absent: &str,
        options: &[(&'static str, &'static str)],
        onchange: Callback<Event>,
    ) -> Html {
        let now = self.shown(place);
        let now = if now.is_empty() { absent.to_owned() } else { now };
        let known = options.iter().any(|(value, _)| *value == now);
        let problem = self.problem(place);
        // The attribute of an option counts once; after that only the property of the select shows a change.
        html! {
            <select ~value={now.clone()} id={place.to_owned()} class="in u" {onchange} aria-label={label.to_owned()}
                aria-invalid={problem.is_some().then_some("true")} aria-describedby={problem}>
                if !known {
                    <option value={now.clone()} selected=true>{ if now.is_empty() { "choose…".to_owned() } else { now.clone() } }</option>
                }
                { for options.iter().map(|(value, words)| html! { <option value={*value} selected={*value == now}>{ *words }</option> }) }
            </select>
        }
    }

    /// A switch for a member that is absent when it is off.
    pub(super) fn flag(&self, place: &str, label: &str) -> Html {
        let at = place.to_owned();
        let onchange = self.dispatch.reform(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            Action::Edit(Edit::Flag(at.clone(), input.is_some_and(|input| input.checked())))
        });
        let on = self.document.pointer(place) == Some(&Json::Bool(true));
        let problem = self.problem(place);
        html! {
            <label class="switch">
                <input type="checkbox" role="switch" id={place.to_owned()} checked={on} {onchange}
                    aria-invalid={problem.is_some().then_some("true")} aria-describedby={problem} />
                <span>{ label.to_owned() }</span>
            </label>
        }
    }

    /// Keys and values of a tag map, and a button for one more.
    pub(super) fn tags(&self, place: &str, what: &str) -> Html {
        self.tags_with(place, what, |_| Html::default())
    }

    /// Like [`Form::tags`], with something beside each tag.
    pub(super) fn tags_with(&self, place: &str, what: &str, beside: impl Fn(usize) -> Html) -> Html {
        let tags = match self.document.pointer(place) {
            Some(Json::Object(tags)) => tags.as_slice(),
            _ => &[],
        };
        let of_amis = place.ends_with("/amis/tagMap");
        let (keys, one, many) =
            if of_amis { ("known-ami-keys", "AMI", "AMIs") } else { ("known-keys", "image", "images") };
        let rows = tags.iter().enumerate().map(|(index, (key, tag))| {
            let id = format!("{place}/{}", afterimage_policy::json::escape(key));
            // Two tags of one key share a pointer; ids stay unique.
            let twin = tags.iter().take(index).any(|(other, _)| other == key);
            let id = if twin { format!("{place}#{index}") } else { id };
            let (at, at_value) = (place.to_owned(), place.to_owned());
            let on_key = self
                .dispatch
                .reform(move |event: InputEvent| Action::Edit(Edit::TagKey(at.clone(), index, value(&event))));
            let on_value = self.dispatch.reform(move |event: InputEvent| {
                Action::Edit(Edit::TagValue(at_value.clone(), index, value(&event)))
            });
            let name = format!("{what} {}", index + 1);
            let values = format!("{id}#values");
            html! {
                <div class="selector" key={index}>
                    { self.input(&id, &format!("Key of {name}"), ("key", keys), "", key.clone(), on_key) }
                    <span aria-hidden="true">{ "=" }</span>
                    { self.input(&format!("{id}#value"), &format!("Value of {name}"), ("value", &values), "", shown(Some(tag)), on_value) }
                    { offer(&values, self.loaded.known.values(of_amis, key), one, many) }
                    { beside(index) }
                    { self.remove(Edit::TagRemove(place.to_owned(), index), &format!("Remove {name}")) }
                </div>
            }
        });
        html! {
            <div class="tags">
                <div class="contents">{ for rows }</div>
                { self.add(Edit::TagAdd(place.to_owned()), "+ tag") }
            </div>
        }
    }

    /// Items of a list of texts, and a button for one more.
    pub(super) fn list(&self, place: &str, what: &str, hint: &str) -> Html {
        let count = match self.document.pointer(place) {
            Some(Json::Array(items)) => items.len(),
            _ => 0,
        };
        html! {
            <span class="list">
                <span class="contents">
                    { for (0..count).map(|index| {
                        let item = format!("{place}/{index}");
                        let name = format!("{what} {}", index + 1);
                        html! {
                            <span class="item" key={index}>
                                { self.text(&item, &name, hint) }
                                { self.remove(Edit::Remove(item), &format!("Remove {name}")) }
                            </span>
                        }
                    }) }
                </span>
                { self.add(Edit::Append(place.to_owned(), Json::String(String::new())), &format!("+ {what}")) }
            </span>
        }
    }

    pub(super) fn remove(&self, edit: Edit, label: &str) -> Html {
        let onclick = self.dispatch.reform(move |_: MouseEvent| Action::Edit(edit.clone()));
        html! { <button type="button" class="link x" {onclick} aria-label={label.to_owned()} title={label.to_owned()}>{ "✕" }</button> }
    }

    pub(super) fn add(&self, edit: Edit, label: &str) -> Html {
        let onclick = self.dispatch.reform(move |_: MouseEvent| Action::Edit(edit.clone()));
        html! { <button type="button" class="link" {onclick}>{ label.to_owned() }</button> }
    }

    pub(super) fn has(&self, place: &str) -> bool {
        self.document.pointer(place).is_some()
    }

    pub(super) fn shown(&self, place: &str) -> String {
        shown(self.document.pointer(place))
    }

    pub(super) fn acts_on_containers(&self, base: &str) -> bool {
        self.shown(&format!("{base}/resourceType")) == "CONTAINER_IMAGE"
    }

    /// Id of the first error at this very place.
    fn problem(&self, place: &str) -> Option<String> {
        let is_here =
            |p: &Problem| p.severity == Level::Error && p.path == place && !text::is_blank(p, &self.document);
        let at = self.diagnostics.iter().position(is_here)?;
        Some(format!("problem-{at}"))
    }
}

/// The list of known names that goes with a field, which its hint tells.
fn offered(hint: &str) -> &'static str {
    match hint {
        "recipe name" => "known-recipes",
        "us-east-1" => "known-regions",
        _ => "",
    }
}

/// A list of known names, each with how many images, AMIs or outputs it stands for.
fn offer(id: &str, names: &[(String, u32)], one: &str, many: &str) -> Html {
    html! {
        <datalist id={id.to_owned()}>
            { for names.iter().map(|(name, count)| html! {
                <option value={name.clone()} label={text::counted(*count, one, many)} />
            }) }
        </datalist>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct KnownProps {
    pub loaded: Rc<Loaded>,
    /// The policy acts on these.
    pub containers: bool,
}

/// Names that the inventory knows, each with how many images or outputs it stands for.
#[component]
pub(super) fn Known(props: &KnownProps) -> Html {
    let known = &props.loaded.known;
    html! {
        <>
            { offer("known-recipes", known.recipes(props.containers), "image", "images") }
            { offer("known-keys", known.keys(false), "image", "images") }
            { offer("known-ami-keys", known.keys(true), "AMI", "AMIs") }
            { offer("known-regions", &known.regions, "output", "outputs") }
        </>
    }
}
