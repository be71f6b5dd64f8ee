// The request and the answer of one evaluation (AuthZEN Authorization API 1.0, section 6).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "service/decisions.h"
#include "service/searches.h"
#include "text/json.h"

namespace ambit::doors::authzen {

struct Evaluation {
  std::string subject_type;
  std::string subject_id;
  std::string action_name;
  std::string resource_type;
  std::string resource_id;
  text::Json arguments;  // an object
  std::string task;
  std::string instance;
  std::string intent;
  std::string justification;
};

// Reads a body strictly as JSON; members it does not know are ignored, as the specification says.
// Errors, all Code::kInvalid: `json.*`, `field.missing`, `field.invalid`.
Result<Evaluation> read_evaluation(std::string_view body);
// The same of an object that is parsed already; its texts and arguments are moved out.
Result<Evaluation> take_evaluation(text::Json& json);

// Why an evaluation is about nothing that Ambit decides; null when it is about a tool call. On
// success `server` and `tool` are the two parts of the resource's id.
struct NotOurs {
  const char* code;
  const char* message;
  const char* remedy;
};
const NotOurs* classify(const Evaluation& evaluation, std::string& server, std::string& tool);

// Whether `type` and, where there is one, `name` are of the calls that Ambit decides.
const NotOurs* classify_subject(std::string_view type);
const NotOurs* classify_action(std::string_view name);
const NotOurs* classify_resource_type(std::string_view type);
const NotOurs* classify_resource(std::string_view type, std::string_view id);

// The answers, written in one go: this is the path that is asked for every action.
std::string write_answer(const service::Released& released);
std::string write_answer(const NotOurs& reason);
// One item of several that could not be decided: closed, with the HTTP status it would have had.
std::string write_error(const Error& error);

// Appends `"reasons":[...],"ledger_index":...,"revision":{...},"approval":{...},"arguments":{...}`,
// each where there is one.
void append_details(std::string& out, const service::Released& released);
void append_reason(std::string& out, std::string_view code, std::string_view message,
                   std::string_view remedy);
void append_revision(std::string& out, const service::Revision& revision);

}  // namespace ambit::doors::authzen
