#include "cli/operation_commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/bulk_service.pb.h"
#include "aplomb/catalog/v1/keeping_service.pb.h"
#include "base/status.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/json.h"
#include "cli/server_options.h"
#include "cli/subcommands.h"
#include "cli/texts.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/empty.pb.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;

constexpr char kOperations[] = "/google.longrunning.Operations/";
// Less than a call may take: a longer wait is several calls.
constexpr int64_t kWaitSeconds = 5;

struct Inputs {
  ServerOptions server;
  std::string name;
};

class Commands {
 public:
  Commands(const CommonOptions* common, std::shared_ptr<Inputs> in)
      : common_(common), in_(std::move(in)) {}

  int Show() {
    lro::GetOperationRequest request;
    request.set_name(in_->name);
    return Call("GetOperation", request);
  }

  int Wait() {
    lro::WaitOperationRequest request;
    request.set_name(in_->name);
    request.mutable_timeout()->set_seconds(kWaitSeconds);
    absl::Status status;
    lro::Operation operation;
    const auto client = Connect(*common_, in_->server);
    status = client.status();
    while (status.ok() && !operation.done()) {
      status = (*client)->Call(absl::StrCat(kOperations, "WaitOperation"), request, &operation);
      if (status.ok()) Print(operation);
    }
    return End(*common_, status);
  }

  int Cancel() {
    const auto cancel = [this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      lro::CancelOperationRequest request;
      request.set_name(in_->name);
      google::protobuf::Empty empty;
      return client->Call(absl::StrCat(kOperations, "CancelOperation"), request, &empty);
    };
    const absl::Status status = cancel();
    return status.ok() ? Show() : End(*common_, status);
  }

  int List() {
    const auto list = [this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      lro::ListOperationsRequest request;
      request.set_name("operations");
      do {
        lro::ListOperationsResponse page;
        RETURN_IF_ERROR(client->Call(absl::StrCat(kOperations, "ListOperations"), request, &page));
        for (const lro::Operation& operation : page.operations()) Print(operation);
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      return absl::OkStatus();
    };
    return End(*common_, list());
  }

 private:
  template <typename Request>
  int Call(absl::string_view method, const Request& request) {
    const auto call = [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      lro::Operation operation;
      RETURN_IF_ERROR(client->Call(absl::StrCat(kOperations, method), request, &operation));
      Print(operation);
      return absl::OkStatus();
    };
    return End(*common_, call());
  }

  // "RUNNING  operations/…  256 / 10000".
  void Print(const lro::Operation& operation) const {
    if (common_->json) {
      std::cout << ToJson(operation, JsonForm::kLine) << "\n";
      return;
    }
    std::cout << (!operation.done()       ? "RUNNING"
                  : operation.has_error() ? "FAILED"
                                          : "DONE")
              << "  " << operation.name();
    pb::ImportMetadata import;
    pb::ExportMetadata exported;
    pb::BackupMetadata backup;
    if (operation.metadata().UnpackTo(&import)) {
      std::cout << "  " << import.row_count();
      if (import.total_row_count() > 0) std::cout << " / " << import.total_row_count();
    } else if (operation.metadata().UnpackTo(&exported)) {
      std::cout << "  " << exported.total_offering_count();
    } else if (operation.metadata().UnpackTo(&backup)) {
      std::cout << "  " << backup.copied_bytes() << Text(" octets", " bytes");
    }
    if (operation.has_error()) std::cout << "  " << operation.error().message();
    std::cout << "\n";
  }
  std::string Text(absl::string_view fr, absl::string_view en) const {
    return std::string(Say(common_->language, fr, en));
  }

  const CommonOptions* const common_;
  const std::shared_ptr<Inputs> in_;
};

}  // namespace

void AddOperationCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run) {
  // Kept by the callbacks, which the command line keeps.
  const auto in = std::make_shared<Inputs>();
  const auto commands = std::make_shared<Commands>(&common, in);
  const CommandAdder add(commands, run);
  CLI::App* operation =
      app.add_subcommand("operation", "imports, exports and backups on their way");
  operation->require_subcommand(1);
  const auto named = [in](CLI::App* command) {
    command->add_option("name", in->name, "operations/…")->required();
    AddServerOptions(*command, in->server);
  };
  named(add(operation, "show", "how far an operation is", &Commands::Show));
  named(add(operation, "wait", "wait until an operation is done", &Commands::Wait));
  named(add(operation, "cancel", "end an operation; what was written stays", &Commands::Cancel));
  AddServerOptions(*add(operation, "list", "list your operations", &Commands::List), in->server);
}

}  // namespace aplomb::cli
