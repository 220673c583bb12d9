//! The rules in the order in which the service looks at them, whatever their order in the document.

use afterimage_policy::json::Json;
use gloo_timers::callback::Timeout;
use js_sys::Function;
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::edit::Edit;
use crate::protocol::Outcome;
use crate::protocol::RuleEffect;
use crate::state::Action;
use crate::text;
use crate::view::chosen;

use super::field::Form;

const ACTIONS: [&str; 3] = ["DEPRECATE", "DISABLE", "DELETE"];
const UNITS: [(&str, &str); 4] =
    [("DAYS", "days"), ("WEEKS", "weeks"), ("MONTHS", "months"), ("YEARS", "years")];

/// The action of each rule, in the document's order.
pub(in crate::view) fn actions(document: &Json, base: &str) -> Vec<String> {
    let Some(Json::Array(rules)) = document.pointer(&format!("{base}/policyDetails")) else {
        return Vec::new();
    };
    rules.iter().map(|rule| crate::edit::shown(rule.pointer("/action/type"))).collect()
}

pub(super) fn rules(form: &Form, base: &str, outcome: Option<&Outcome>) -> Html {
    let list = format!("{base}/policyDetails");
    let actions = actions(&form.document, base);
    let containers = form.acts_on_containers(base);
    let day = outcome.map_or(0, |outcome| outcome.day);
    let rule = |index: Option<usize>, action: &str| {
        let effect = |index| outcome?.rules.iter().find(|effect| effect.rule as usize == index).cloned();
        // A rule keeps its switch, and with it the keyboard, when it is switched off and on.
        let is_first = |index| actions.iter().position(|other| other == action) == Some(index);
        let key = match index.filter(|&index| !is_first(index)) {
            Some(index) => format!("{action}-{index}"),
            None => action.to_owned(),
        };
        html! {
            <Rule {key} form={form.clone()} list={list.clone()} {index} action={action.to_owned()} {containers}
                effect={index.and_then(effect)} {day} />
        }
    };
    let mut drawn = Vec::new();
    for action in ACTIONS {
        let before = drawn.len();
        let own = actions.iter().enumerate().filter(|(_, own)| *own == action);
        drawn.extend(own.map(|(index, _)| rule(Some(index), action)));
        if drawn.len() == before {
            drawn.push(rule(None, action));
        }
    }
    let unknown = actions.iter().enumerate().filter(|(_, own)| !ACTIONS.contains(&own.as_str()));
    drawn.extend(unknown.map(|(index, action)| rule(Some(index), action)));
    html! {
        <>
            <div class="bar" id={list.clone()} tabindex="-1">
                <h2>{ "Rules" }</h2><small>{ "one action per image per night" }</small>
            </div>
            { form.beside_only(&[list.as_str()]) }
            <div>{ for drawn }</div>
        </>
    }
}

#[derive(Properties)]
struct Props {
    form: Form,
    list: String,
    /// `None`: the policy has no such rule.
    index: Option<usize>,
    action: String,
    containers: bool,
    effect: Option<RuleEffect>,
    day: u32,
}

impl PartialEq for Props {
    /// An edit elsewhere leaves a rule alone, unless it acts on other images then.
    fn eq(&self, other: &Self) -> bool {
        let own = |props: &Self| (props.index, props.containers, props.day);
        let is_same = |place: String| self.form.is_same_at(&other.form, &place);
        (&self.list, &self.action, &self.effect) == (&other.list, &other.action, &other.effect)
            && own(self) == own(other)
            && self.index.is_none_or(|index| is_same(format!("{}/{index}", self.list)))
    }
}

#[component]
fn Rule(props: &Props) -> Html {
    let Props { form, list, action, containers, effect, day, .. } = props;
    let Some(index) = props.index else { return absent(form, list, action, *containers) };
    let place = format!("{list}/{index}");
    let (action, containers, effect) = (action.as_str(), *containers, effect.as_ref());
    let at = |member: &str| format!("{place}/{member}");
    let look = text::look(action);
    let title = if ACTIONS.contains(&action) { text::action(action) } else { "Rule without a known action" };
    let rule = title.to_lowercase();
    let onchange = {
        let (place, name) = (place.clone(), action.to_owned());
        form.dispatch.reform(move |_: Event| Action::Park { place: place.clone(), name: name.clone() })
    };
    let when = if *day == 0 { "tonight" } else { "that night" };
    let hit = effect.map(|effect| {
        format!("{} {when}{}", text::number(effect.acts), text::of_them_stay(effect.failing, effect.waiting))
    });
    let hit = hit.unwrap_or_default();
    let unknown = !ACTIONS.contains(&action);
    html! {
        <fieldset class={classes!("rule", look.class)} id={place.clone()} tabindex="-1">
            <legend class="sr">{ format!("{title} rule") }</legend>
            <label class="top">
                <span class="glyph" aria-hidden="true">{ look.glyph }</span>
                <span>{ title }</span>
                <span class="hit">{ hit }</span>
                <input type="checkbox" role="switch" checked=true {onchange} aria-label={format!("{title} rule")} />
            </label>
            <div class="body">
                if unknown {
                    <p class="sentence">{ "Action " }{ form.choice(&at("action/type"), "Action", "", &[("DEPRECATE", "deprecate"), ("DISABLE", "disable"), ("DELETE", "delete")]) }</p>
                }
                { form.beside_only(&[place.as_str(), at("action").as_str(), at("action/type").as_str()]) }
                { filter(form, &at("filter"), action, &rule) }
                { include(form, &at("action/includeResources"), action, containers) }
                { exceptions(form, &at("exclusionRules"), &rule, containers, effect) }
            </div>
        </fieldset>
    }
}

/// A rule that the policy does not have.
fn absent(form: &Form, list: &str, action: &str, containers: bool) -> Html {
    let look = text::look(action);
    let (list, name) = (list.to_owned(), action.to_owned());
    let fresh = fresh(action, containers);
    let onchange = form.dispatch.reform(move |_: Event| Action::Unpark {
        list: list.clone(),
        name: name.clone(),
        otherwise: fresh.clone(),
    });
    let blocked = containers && action != "DELETE";
    html! {
        <fieldset class={classes!("rule", "off", look.class)}>
            <legend class="sr">{ format!("{} rule", text::action(action)) }</legend>
            <label class="top">
                <span class="glyph" aria-hidden="true">{ look.glyph }</span>
                <span>{ text::action(action) }</span>
                <span class="hit">{ if blocked { "not for containers" } else { "off" } }</span>
                <input type="checkbox" role="switch" checked=false disabled={blocked} {onchange}
                    aria-label={format!("{} rule", text::action(action))} />
            </label>
            <div class="body"></div>
        </fieldset>
    }
}

/// When the rule acts.
fn filter(form: &Form, place: &str, action: &str, rule: &str) -> Html {
    let at = |member: &str| format!("{place}/{member}");
    let kind = form.shown(&at("type"));
    let deletes = action == "DELETE";
    let value = form.number(
        &at("value"),
        &format!("{rule}: {}", if kind == "COUNT" { "how many to keep" } else { "age" }),
    );
    let has_unit = kind != "COUNT" || form.has(&at("unit"));
    let has_keep = (deletes && kind != "COUNT") || form.has(&at("retainAtLeast"));
    html! {
        <>
        <p class="sentence" id={place.to_owned()} tabindex="-1">
            { "when " }
            if deletes || kind != "AGE" {
                { kinds(form, place, &kind, action) }{ " " }
            } else {
                { "at least " }
            }
            { value }
            if has_unit {
                { " " }{ form.choice(&at("unit"), &format!("{rule}: unit of age"), "", &UNITS) }
                if kind == "AGE" { { " old" } }
            }
            if kind == "COUNT" { { " of each recipe version" } }
            if has_keep {
                { ", but keep the newest " }
                { form.number(&at("retainAtLeast"), &format!("{rule}: keep at least")) }
                { " of each recipe version" }
            }
        </p>
        { form.beside(place) }
        </>
    }
}

/// Age or count, each with its own numbers.
fn kinds(form: &Form, place: &str, kind: &str, action: &str) -> Html {
    let swap = |to: &'static str, fresh: Json| {
        let (place, park) = (place.to_owned(), format!("filter:{action}:{kind}"));
        let fetch = format!("filter:{action}:{to}");
        form.dispatch.reform(move |_: MouseEvent| Action::Swap {
            place: place.clone(),
            park: park.clone(),
            fetch: fetch.clone(),
            otherwise: fresh.clone(),
        })
    };
    let button = |to: &'static str, words: &str, fresh: Json| {
        html! {
            <button type="button" aria-pressed={(kind == to).to_string()} onclick={(kind != to).then(|| swap(to, fresh))}>{ words.to_owned() }</button>
        }
    };
    html! {
        <span class="seg" role="group" aria-label="The rule looks at" id={format!("{place}/type")} tabindex="-1">
            { button("AGE", "at least", age(180)) }
            { button("COUNT", "beyond newest", object(&[("type", string("COUNT")), ("value", number(10))])) }
        </span>
    }
}

/// Which resources the rule acts on beside the image.
fn include(form: &Form, place: &str, action: &str, containers: bool) -> Html {
    let at = |member: &str| format!("{place}/{member}");
    let deletes = action == "DELETE";
    html! {
        <>
        <p class="sentence" id={place.to_owned()} tabindex="-1">
            { "together with " }
            if !containers || form.has(&at("amis")) {
                { form.flag(&at("amis"), "its AMIs") }
            }
            if (deletes && !containers) || form.has(&at("snapshots")) {
                { " " }{ form.flag(&at("snapshots"), "their snapshots") }
            }
            if containers || form.has(&at("containers")) {
                { " " }{ form.flag(&at("containers"), "its container images") }
            }
        </p>
        { form.beside(place) }
        </>
    }
}

/// What the rule leaves alone.
fn exceptions(form: &Form, place: &str, rule: &str, containers: bool, effect: Option<&RuleEffect>) -> Html {
    let images = format!("{place}/tagMap");
    let amis = format!("{place}/amis");
    let ami = |member: &str| format!("{amis}/{member}");
    let last = ami("lastLaunched");
    let spares = |count: Option<u32>, one: &str, many: &str| {
        let words = count.map(|count| format!("⊘ spares {}", text::counted(count, one, many)));
        html! { if let Some(words) = words { <span class="chip skip">{ words }</span> } }
    };
    let on_amis = ["regions", "isPublic", "tagMap", "sharedAccounts", "lastLaunched"];
    let any_ami = on_amis.iter().any(|member| form.has(&ami(member)));
    let fresh: [(&str, String, &'static str, Json); 6] = [
        ("image-tag", images.clone(), "images with a tag", object(&[("", string(""))])),
        ("region", ami("regions"), "AMIs in a Region", Json::Array(vec![string("")])),
        ("public", ami("isPublic"), "public AMIs", Json::Bool(true)),
        ("ami-tag", ami("tagMap"), "AMIs with a tag", object(&[("", string(""))])),
        ("shared", ami("sharedAccounts"), "AMIs shared with an account", Json::Array(vec![string("")])),
        (
            "launched",
            last.clone(),
            "AMIs launched lately",
            object(&[("value", number(30)), ("unit", string("DAYS"))]),
        ),
    ];
    let offered: Vec<_> = fresh
        .into_iter()
        .filter(|(name, at, ..)| !form.has(at) && (!containers || *name == "image-tag"))
        .collect();
    let of =
        |kind: usize| spares(effect.and_then(|effect| effect.spared_amis.get(kind).copied()), "AMI", "AMIs");
    html! {
        <div class="exceptions" id={place.to_owned()} tabindex="-1">
            if form.has(&images) {
                <div class="exception" key="images" id={images.clone()} tabindex="-1">
                    <p>{ "except images tagged " }{ spares(effect.map(|effect| effect.spared_images), "image", "images") }</p>
                    { form.tags(&images, &format!("{rule}: excluded image tag")) }
                </div>
            }
            if any_ami {
                <div class="exception" key="amis" id={amis.clone()} tabindex="-1">
                    <p>{ "except AMIs " }{ spares(effect.map(|effect| effect.spared_amis.iter().sum()), "AMI", "AMIs") }</p>
                    if form.has(&ami("regions")) {
                        <div class="which" id={ami("regions")} tabindex="-1">{ "in " }{ form.list(&ami("regions"), "Region", "us-east-1") }{ of(0) }</div>
                    }
                    if form.has(&ami("isPublic")) {
                        <div class="which">{ form.flag(&ami("isPublic"), "that are public") }{ of(1) }</div>
                    }
                    if form.has(&ami("tagMap")) {
                        <div class="which" id={ami("tagMap")} tabindex="-1">{ "tagged " }{ form.tags(&ami("tagMap"), &format!("{rule}: excluded AMI tag")) }{ of(2) }</div>
                    }
                    if form.has(&ami("sharedAccounts")) {
                        <div class="which" id={ami("sharedAccounts")} tabindex="-1">{ "shared with " }{ form.list(&ami("sharedAccounts"), "account", "12 digits") }{ of(3) }</div>
                    }
                    if form.has(&last) {
                        <div class="which" id={last.clone()} tabindex="-1">
                            { "launched within " }
                            { form.number(&format!("{last}/value"), &format!("{rule}: launched within")) }{ " " }
                            { form.choice(&format!("{last}/unit"), &format!("{rule}: unit of launch"), "", &UNITS) }
                            { form.remove(Edit::Remove(last.clone()), "Remove this exception") }
                            { of(4) }
                        </div>
                    }
                </div>
            }
            <div key="add">{ add(form, rule, offered) }</div>
            <div key="beside">{ form.beside(place) }</div>
        </div>
    }
}

/// A menu of the exceptions that the rule does not have yet.
fn add(form: &Form, rule: &str, offered: Vec<(&'static str, String, &'static str, Json)>) -> Html {
    if offered.is_empty() {
        return Html::default();
    }
    let options: Html = offered
        .iter()
        .map(|(name, _, words, _)| html! { <option value={*name}>{ *words }</option> })
        .collect();
    // Rebuilt after each choice, so that it shows its first line again.
    let key = offered.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(" ");
    let onchange = form.dispatch.reform(move |event: Event| {
        let chosen = chosen(&event);
        let found = offered.iter().find(|(name, ..)| *name == chosen);
        found.map_or(Action::Edit(Edit::Remove(String::new())), |(_, at, _, fresh)| {
            focus_inside(at.clone());
            Action::Edit(Edit::Put(at.clone(), fresh.clone()))
        })
    });
    // A key on the closed menu would choose at once; it opens it instead.
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        let chooses =
            matches!(event.key().as_str(), "ArrowDown" | "ArrowUp" | "Home" | "End" | "PageDown" | "PageUp");
        if chooses && !event.alt_key() {
            event.prevent_default();
            let menu = event.target().map(JsValue::from).unwrap_or_default();
            let open = Reflect::get(&menu, &"showPicker".into()).and_then(JsCast::dyn_into::<Function>);
            // A browser without it opens the menu by Alt and an arrow, as ever.
            let _ = open.and_then(|open| open.call0(&menu));
        }
    });
    html! {
        <select {key} class="in u add" {onchange} {onkeydown} aria-label={format!("{rule}: add an exception")}>
            <option value="" selected=true>{ "+ exception" }</option>
            { options }
        </select>
    }
}

/// Moves the keyboard to the first field of something that is about to be drawn.
fn focus_inside(place: String) {
    Timeout::new(0, move || {
        let found = crate::view::element(&place);
        let field = found.and_then(|found| {
            if found.has_attribute("tabindex") { found.query_selector("input").ok()? } else { Some(found) }
        });
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            // A field that cannot take the focus is still there.
            let _ = field.focus();
        }
    })
    .forget();
}

/// A rule to begin with.
fn fresh(action: &str, containers: bool) -> Json {
    let include = match (action, containers) {
        (_, true) => object(&[("containers", Json::Bool(true))]),
        ("DELETE", false) => object(&[("amis", Json::Bool(true)), ("snapshots", Json::Bool(true))]),
        _ => object(&[("amis", Json::Bool(true))]),
    };
    let filter = match action {
        "DEPRECATE" => age(90),
        "DISABLE" => age(120),
        _ => object(&[
            ("type", string("AGE")),
            ("value", number(180)),
            ("unit", string("DAYS")),
            ("retainAtLeast", number(2)),
        ]),
    };
    object(&[
        ("action", object(&[("type", string(action)), ("includeResources", include)])),
        ("filter", filter),
    ])
}

fn age(days: u32) -> Json {
    object(&[("type", string("AGE")), ("value", number(days)), ("unit", string("DAYS"))])
}

fn string(text: &str) -> Json {
    Json::String(text.to_owned())
}

fn number(value: u32) -> Json {
    Json::Number(value.into())
}

fn object(members: &[(&str, Json)]) -> Json {
    Json::Object(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}
