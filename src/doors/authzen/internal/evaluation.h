// The request and the answer of one evaluation (AuthZEN Authorization API 1.0, section 6).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "service/decisions.h"
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

// Why an evaluation is about nothing that Ambit decides; null when it is about a tool call. On
// success `server` and `tool` are the two parts of the resource's id.
struct NotOurs {
  const char* code;
  const char* message;
  const char* remedy;
};
const NotOurs* classify(const Evaluation& evaluation, std::string& server, std::string& tool);

// The answers, written in one go: this is the path that is asked for every action.
std::string write_answer(const service::Released& released);
std::string write_answer(const NotOurs& reason);

// A request id that is safe to send back: at most 128 of `A-Z a-z 0-9 . _ : / + = @ -`, the rest
// dropped.
std::string sanitised_request_id(std::string_view sent);

}  // namespace ambit::doors::authzen
