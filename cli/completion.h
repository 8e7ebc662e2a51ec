// Shell completion, made from the commands and options themselves.
#ifndef APLOMB_CLI_COMPLETION_H_
#define APLOMB_CLI_COMPLETION_H_

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace aplomb::cli {

// The script for "bash", "zsh" or "fish". To use it:
//   bash  source <(aplomb completion bash)
//   zsh   source <(aplomb completion zsh)
//   fish  aplomb completion fish | source
std::string Completion(const CLI::App& app, const std::string& shell);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_COMPLETION_H_
