//! The schema as a client sees it, and calls made from it: documents, where they take ids, their answers.

use futures::StreamExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::calls::Call;
use super::fixture::Organization;
use super::graphql::{GraphQl, data};

/// The schema as introspection tells it.
pub struct Schema(Value);

impl Schema {
    pub async fn of(api: &GraphQl, someone: &Organization) -> Self {
        let of_type = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
        let query = format!(
            "{{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
                types {{ name fields {{ name type {{ kind }} args {{ name type {{ {of_type} }} }} }}
                    inputFields {{ name type {{ {of_type} }} }} }} }} }}"
        );
        let answer = api.run(someone.coordinator, someone.slug, &query, json!({})).await;
        Self(data(answer)["__schema"].clone())
    }

    fn named<'a>(&'a self, name: &str) -> &'a Value {
        let types = self.0["types"].as_array().unwrap();
        types.iter().find(|a_type| a_type["name"] == name).unwrap()
    }

    /// The root's fields.
    pub fn fields(&self, root: &str) -> &Vec<Value> {
        let root = self.0[format!("{root}Type")]["name"].as_str().unwrap();
        self.named(root)["fields"].as_array().unwrap()
    }

    fn field(&self, call: &Call) -> &Value {
        let fields = self.fields(call.root);
        fields.iter().find(|field| field["name"] == call.field).unwrap()
    }

    /// The document of a call with these arguments.
    pub fn document(&self, call: &Call, arguments: &Value) -> String {
        let declared = self.field(call)["args"].as_array().unwrap();
        let given = declared
            .iter()
            .filter(|argument| arguments.get(argument["name"].as_str().unwrap()).is_some());
        let (mut variables, mut passed) = (Vec::new(), Vec::new());
        for argument in given {
            let name = argument["name"].as_str().unwrap();
            variables.push(format!("${name}: {}", spelled(&argument["type"])));
            passed.push(format!("{name}: ${name}"));
        }
        let bracketed = |list: &[String]| {
            if list.is_empty() {
                String::new()
            } else {
                format!("({})", list.join(", "))
            }
        };
        format!(
            "{} {} {{ {}{} {} }}",
            call.root,
            bracketed(&variables),
            call.field,
            bracketed(&passed),
            call.selection
        )
    }

    /// Whether the field may be null.
    pub fn is_nullable(&self, call: &Call) -> bool {
        self.field(call)["type"]["kind"] != "NON_NULL"
    }

    /// Where the field takes ids: paths such as `input.reportId`.
    pub fn id_positions(&self, call: &Call) -> Vec<String> {
        let mut found = Vec::new();
        for argument in self.field(call)["args"].as_array().unwrap() {
            self.collect_ids(argument, "", &[], &mut found);
        }
        found
    }

    /// A type within itself, such as a condition of conditions, is looked into once.
    fn collect_ids<'a>(&'a self, value: &'a Value, above: &str, within: &[&'a str], found: &mut Vec<String>) {
        let path = format!("{above}{}", value["name"].as_str().unwrap());
        let name = named_type(&value["type"]);
        if name == "ID" {
            found.push(path);
        } else if let Some(fields) = self.named(name)["inputFields"]
            .as_array()
            .filter(|_| !within.contains(&name))
        {
            for field in fields {
                self.collect_ids(field, &format!("{path}."), &[within, &[name]].concat(), found);
            }
        }
    }
}

fn spelled(a_type: &Value) -> String {
    match a_type["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", spelled(&a_type["ofType"])),
        "LIST" => format!("[{}]", spelled(&a_type["ofType"])),
        _ => a_type["name"].as_str().unwrap().to_owned(),
    }
}

fn named_type(a_type: &Value) -> &str {
    match a_type["name"].as_str() {
        Some(name) => name,
        None => named_type(&a_type["ofType"]),
    }
}

/// `{ data, errors }` of a call; of a subscription its first event.
pub async fn answer(api: &GraphQl, who: Option<(Uuid, &str)>, document: &str, arguments: Value) -> Value {
    if document.starts_with("subscription") {
        let mut events = Box::pin(api.follow(who, document, arguments));
        return events.next().await.unwrap();
    }
    match who {
        Some((user, organization)) => api.run(user, organization, document, arguments).await,
        None => api.run_anonymously(document, arguments).await,
    }
}
