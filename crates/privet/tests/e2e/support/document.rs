//! The OpenAPI document, as tests walk it: operation by operation.

use reqwest::Method;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::support::{Answer, Client, SECRET, Server, Token, new_user_id};

/// The document that a server sends.
pub struct Document(pub Value);

/// An operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// All that the document says of it.
    pub said: Value,
}

impl Document {
    /// Asks a server for it.
    pub async fn of(server: &Server) -> Self {
        let answer = server.anonymous().get("/openapi.json").await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{answer}"
        );
        Self(answer.json())
    }

    /// All paths.
    pub fn paths(&self) -> &Map<String, Value> {
        self.0["paths"].as_object().unwrap()
    }

    /// All operations.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, item) in self.paths() {
            for (method, said) in item.as_object().unwrap() {
                operations.push(Operation {
                    method: Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap(),
                    path: path.clone(),
                    said: said.clone(),
                });
            }
        }
        operations
    }

    /// A schema that stands in the document, with everything that it refers to.
    pub fn schema(&self, schema: &Value) -> Value {
        let mut whole = schema.clone();
        whole["components"] = self.0["components"].clone();
        whole
    }
}

impl Operation {
    /// Its name.
    pub fn id(&self) -> &str {
        self.said["operationId"].as_str().unwrap()
    }

    /// Whether it asks for a token.
    pub fn is_secured(&self) -> bool {
        let requirements = self.said["security"].as_array();
        requirements.is_some_and(|requirements| !requirements.is_empty())
    }

    /// A body that it takes, if it takes any.
    pub fn body(&self) -> Option<Value> {
        let content = self.said.get("requestBody")?["content"]["application/json"].clone();
        examples(&content).into_iter().next()
    }

    /// The scopes that the document says it asks for.
    pub fn scopes(&self) -> Vec<&str> {
        let scopes = self.said["security"][0]["bearer"].as_array();
        scopes
            .into_iter()
            .flatten()
            .map(|scope| scope.as_str().unwrap())
            .collect()
    }

    /// Its path about a user, or a request, of this id.
    pub fn path_about(&self, id: Uuid) -> String {
        about(&self.path, id)
    }

    /// The example of a header field, if it takes one.
    pub fn example_of(&self, name: &str) -> Option<String> {
        let parameters = self.said["parameters"].as_array()?;
        let parameter = parameters.iter().find(|it| it["name"] == name)?;
        Some(parameter["example"].as_str()?.to_owned())
    }

    /// Whether it is about somebody, or something, that the path names.
    pub fn names_somebody(&self) -> bool {
        self.path.contains('{')
    }

    /// The status of its answer to a service, about a user who is not there.
    pub fn about_nobody(&self) -> u16 {
        match self.id() {
            "view_user" | "list_audit_entries_of_user" | "change_settings_of_user" => 404,
            // Whose view is wanted is not said.
            "explain_user" => 400,
            _ => 200,
        }
    }

    /// A new user who has the scope that it asks for.
    pub fn caller(&self, server: &Server) -> Client {
        let id = new_user_id();
        let token = Token::of(id).claim("scope", self.scopes().join(" "));
        server.bearer(&token.sign(SECRET)).known_as(id)
    }

    /// Sends it with the body of the document's example, about somebody never seen before.
    pub async fn send(&self, client: &Client) -> Answer {
        self.send_about(client, new_user_id()).await
    }

    /// The same about this user, or this request.
    pub async fn send_about(&self, client: &Client, id: Uuid) -> Answer {
        let mut request = client.request(self.method.clone(), &self.path_about(id));
        if let Some(reason) = self.example_of("Support-Reason") {
            request = request.header("Support-Reason", &reason);
        }
        match self.body() {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        }
    }
}

/// A path with this id wherever it leaves one open.
pub fn about(path: &str, id: Uuid) -> String {
    let id = id.to_string();
    path.replace("{userId}", &id).replace("{followId}", &id)
}

/// The examples of a media type.
pub fn examples(content: &Value) -> Vec<Value> {
    let several = content["examples"].as_object().into_iter().flatten();
    let several = several.map(|(_, example)| example["value"].clone());
    content
        .get("example")
        .cloned()
        .into_iter()
        .chain(several)
        .collect()
}
