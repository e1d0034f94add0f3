package config

import "go.yaml.in/yaml/v4"

// renamed are settings that other programs call otherwise.
var renamed = map[string]string{
	"serverUrl": "url", // Windsurf
	"httpUrl":   "url", // Gemini CLI
}

// idle are settings by which other programs decide for themselves. They do
// nothing here.
var idle = map[string]string{
	"alwaysAllow":    "what a client may call without asking is the client's affair",
	"autoApprove":    "what a client may call without asking is the client's affair",
	"trust":          "what a client may call without asking is the client's affair",
	"dev":            "it is for those who debug the server in VS Code",
	"gallery":        "it says where VS Code found the server",
	"version":        "it says what VS Code found",
	"name":           "the server is called by its key",
	"icon":           "it is for the client's window",
	"watchPaths":     "a server is started again when it ends",
	"initTimeout":    "a call has a timeout, which is enough",
	"networkTimeout": "a call has a timeout, which is enough",
}

// missing are settings of other programs that stand for something which is
// written otherwise here, or is not there.
var missing = map[string]string{
	"envFile":       "files of variables are not read; write each as env: {NAME: \"${env:NAME}\"}, or ${file:PATH} for a secret in a file",
	"env_file":      "files of variables are not read; write each as env: {NAME: \"${env:NAME}\"}, or ${file:PATH} for a secret in a file",
	"disabledTools": "write tools: {exclude: [...]}",
	"excludeTools":  "write tools: {exclude: [...]}",
	"enabledTools":  "write tools: {include: [...]}",
	"includeTools":  "write tools: {include: [...]}",
	"allowedTools":  "write tools: {include: [...]}",
	"enabled":       "write disabled, and the contrary",
	"oauth":         "Gatehouse does not log in to a backend; give it a token: auth: {bearer: \"${env:TOKEN}\"}",
	"headersHelper": "no program is run for headers; give a token: auth: {bearer: \"${env:TOKEN}\"}",
	"sandbox":       "a child process is not confined; run it as a command that confines it",
	"transport":     "write type, or nothing: the server is asked",
	"transportType": "write type, or nothing: the server is asked",
}

// foreign deals with settings of a backend that other programs know. It
// returns the name to go on with, or that there is nothing more to do.
func (d *decoder) foreign(path string, key *yaml.Node) (name string, done bool) {
	at := join(path, key.Value)
	if says, ok := idle[key.Value]; ok {
		d.notes = append(d.notes, &Fault{key.Line, at, "this does nothing here: " + says})
		return "", true
	}
	if says, ok := missing[key.Value]; ok {
		d.fail(key, at, "there is no such setting; %s", says)
		return "", true
	}
	if ours, ok := renamed[key.Value]; ok {
		return ours, false
	}
	return key.Value, false
}
