#include "services/dynamodb/partiql/statement.h"

#include <fmt/format.h>

#include "services/dynamodb/expression/checks.h"
#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/item/validation.h"
#include "services/dynamodb/partiql/cursor.h"
#include "services/dynamodb/partiql/where.h"

namespace hearth::services::dynamodb::partiql {
namespace {

using syntax::Action;
using syntax::Call;
using syntax::Change;
using syntax::Function;
using syntax::Operand;

constexpr size_t kStatementCharactersMax = 8192;
constexpr std::string_view kNoStatement = "Expected data manipulation";

// As SQL names a column that has no name of its own: by its place, from 1.
std::string column_name(const Path& path, size_t place) {
  const auto* name = std::get_if<std::string>(&path.steps.back());
  return name ? *name : fmt::format("_{}", place);
}

class StatementReader {
 public:
  StatementReader(std::string_view text, const List& parameters) : cursor_(text, parameters) {}

  Result<Statement> whole() {
    TRY_SYNC(Statement statement, read());
    cursor_.take_symbol(";");
    if (!cursor_.at_end()) return cursor_.syntax_error();
    TRY_SYNC_VOID(cursor_.check_parameters());
    return statement;
  }

 private:
  Result<Statement> read() {
    if (cursor_.take_keyword("SELECT")) return select(Verb::kSelect);
    if (cursor_.take_keyword("INSERT")) return insert();
    if (cursor_.take_keyword("UPDATE")) return update();
    if (cursor_.take_keyword("DELETE")) return remove();
    if (cursor_.take_keyword("EXISTS")) return exists();
    return not_well_formed(kNoStatement);
  }

  Result<Statement> exists() {
    TRY_SYNC_VOID(cursor_.expect_symbol("("));
    TRY_SYNC_VOID(cursor_.expect_keyword("SELECT"));
    TRY_SYNC(Statement statement, select(Verb::kExists));
    TRY_SYNC_VOID(cursor_.expect_symbol(")"));
    return statement;
  }

  Result<Statement> select(Verb verb) {
    Statement statement{.verb = verb, .table = {}};
    if (!cursor_.take_symbol("*")) {
      do {
        if (cursor_.at_call()) return fail("NotImplemented", "Functions as columns are not served.");
        TRY_SYNC(Path path, cursor_.path());
        std::string name = column_name(path, statement.selection.columns.size() + 1);
        statement.selection.columns.push_back({std::move(path), std::move(name)});
      } while (cursor_.take_symbol(","));
    }
    TRY_SYNC_VOID(cursor_.expect_keyword("FROM"));
    TRY_SYNC(statement.table, cursor_.name());
    if (cursor_.take_symbol(".")) {
      TRY_SYNC(statement.index, cursor_.name());
    }
    TRY_SYNC_VOID(read_where(statement));
    if (cursor_.take_keyword("ORDER")) {
      TRY_SYNC_VOID(cursor_.expect_keyword("BY"));
      TRY_SYNC_VOID(read_order(statement));
    }
    return statement;
  }

  Status read_order(Statement& statement) {
    do {
      TRY_SYNC(std::string attribute, cursor_.name());
      const bool descending = cursor_.take_keyword("DESC");
      if (!descending) cursor_.take_keyword("ASC");
      statement.order.push_back({std::move(attribute), descending});
    } while (cursor_.take_symbol(","));
    return {};
  }

  Result<Statement> insert() {
    Statement statement{.verb = Verb::kInsert, .table = {}};
    TRY_SYNC_VOID(cursor_.expect_keyword("INTO"));
    TRY_SYNC(statement.table, cursor_.name());
    TRY_SYNC_VOID(cursor_.expect_keyword("VALUE"));
    TRY_SYNC(Value value, cursor_.value());
    if (!value.is(Type::kMap)) return cursor_.syntax_error();
    statement.item = std::move(value.map());
    return statement;
  }

  Result<Statement> update() {
    Statement statement{.verb = Verb::kUpdate, .table = {}};
    TRY_SYNC(statement.table, cursor_.name());
    while (true) {
      if (cursor_.take_keyword("SET")) {
        TRY_SYNC_VOID(read_changes(statement.changes, [this] { return assignment(); }));
      } else if (cursor_.take_keyword("REMOVE")) {
        TRY_SYNC_VOID(read_changes(statement.changes, [this] { return removal(); }));
      } else {
        break;
      }
    }
    if (statement.changes.empty()) return not_well_formed(kNoStatement);
    Faults faults;
    checks::check(statement.changes, faults);
    if (const std::string* message = faults.first()) return fail(errors::validation(*message));
    TRY_SYNC_VOID(read_where(statement));
    TRY_SYNC_VOID(read_returning(statement));
    return statement;
  }

  template <typename ReadChange>
  Status read_changes(std::vector<Change>& changes, ReadChange read) {
    do {
      TRY_SYNC(Change change, read());
      changes.push_back(std::move(change));
    } while (cursor_.take_symbol(","));
    return {};
  }

  Result<Change> removal() {
    TRY_SYNC(Path path, cursor_.path());
    return Change{.action = Action::kRemove, .path = std::move(path)};
  }

  Result<Change> assignment() {
    TRY_SYNC(Path path, cursor_.path());
    TRY_SYNC_VOID(cursor_.expect_symbol("="));
    if (at_function("set_add")) return change_of_set(Action::kAdd, std::move(path));
    if (at_function("set_delete")) return change_of_set(Action::kDelete, std::move(path));
    TRY_SYNC(Operand value, sum());
    return Change{.action = Action::kSet, .path = std::move(path), .value = std::move(value)};
  }

  bool at_function(std::string_view name) const {
    return cursor_.at_call() && equal_ignoring_case(cursor_.token().text, name);
  }

  // SET a = set_add(a, <<1>>). A set that is made of another attribute's is not what these are for.
  Result<Change> change_of_set(Action action, Path path) {
    cursor_.take();
    TRY_SYNC_VOID(cursor_.expect_symbol("("));
    TRY_SYNC(const Path changed, cursor_.path());
    if (changed != path) return fail("NotImplemented", "A set is changed where it is.");
    TRY_SYNC_VOID(cursor_.expect_symbol(","));
    TRY_SYNC(Value elements, cursor_.value());
    if (!elements.is_set()) return cursor_.syntax_error();
    TRY_SYNC_VOID(cursor_.expect_symbol(")"));
    return Change{.action = action, .path = std::move(path), .value = Operand{std::move(elements)}};
  }

  Result<Operand> sum() {
    TRY_SYNC(Operand left, operand());
    const bool plus = cursor_.take_symbol("+");
    if (!plus && !cursor_.take_symbol("-")) return left;
    Call call{.function = plus ? Function::kPlus : Function::kMinus, .operands = {}};
    call.operands.push_back(std::move(left));
    TRY_SYNC(Operand right, operand());
    call.operands.push_back(std::move(right));
    return Operand{std::move(call)};
  }

  Result<Operand> operand() {
    if (at_function("list_append")) return list_append();
    const bool constant =
        cursor_.at_keyword("TRUE") || cursor_.at_keyword("FALSE") || cursor_.at_keyword("NULL");
    const bool name =
        cursor_.token().kind == TokenKind::kQuotedName || cursor_.token().kind == TokenKind::kWord;
    if (name && !constant) {
      TRY_SYNC(Path path, cursor_.path());
      return Operand{std::move(path)};
    }
    TRY_SYNC(Value value, cursor_.value());
    return Operand{std::move(value)};
  }

  Result<Operand> list_append() {
    cursor_.take();
    TRY_SYNC_VOID(cursor_.expect_symbol("("));
    Call call{.function = Function::kListAppend, .operands = {}};
    do {
      // Not in each other, as in expressions.
      if (at_function("list_append")) return cursor_.syntax_error();
      TRY_SYNC(Operand read, operand());
      call.operands.push_back(std::move(read));
    } while (cursor_.take_symbol(","));
    TRY_SYNC_VOID(cursor_.expect_symbol(")"));
    return Operand{std::move(call)};
  }

  Result<Statement> remove() {
    Statement statement{.verb = Verb::kDelete, .table = {}};
    TRY_SYNC_VOID(cursor_.expect_keyword("FROM"));
    TRY_SYNC(statement.table, cursor_.name());
    TRY_SYNC_VOID(read_where(statement));
    TRY_SYNC_VOID(read_returning(statement));
    if (statement.returning != Returning::kNothing && statement.returning != Returning::kAllOld) {
      return not_well_formed("Unexpected keyword");
    }
    return statement;
  }

  Status read_where(Statement& statement) {
    if (!cursor_.take_keyword("WHERE")) return {};
    TRY_SYNC(statement.where, read_condition(cursor_));
    return {};
  }

  Status read_returning(Statement& statement) {
    if (!cursor_.take_keyword("RETURNING")) return {};
    const bool all = cursor_.take_keyword("ALL");
    if (!all) {
      TRY_SYNC_VOID(cursor_.expect_keyword("MODIFIED"));
    }
    const bool old = cursor_.take_keyword("OLD");
    if (!old) {
      TRY_SYNC_VOID(cursor_.expect_keyword("NEW"));
    }
    TRY_SYNC_VOID(cursor_.expect_symbol("*"));
    if (old) {
      statement.returning = all ? Returning::kAllOld : Returning::kModifiedOld;
    } else {
      statement.returning = all ? Returning::kAllNew : Returning::kModifiedNew;
    }
    return {};
  }

  Cursor cursor_;
};

}  // namespace

Item Selection::apply(const Item& item) const {
  if (columns.empty()) return item;
  Item shown;
  for (const Column& column : columns) {
    if (const Value* value = column.path.find(item)) shown.set(column.name, *value);
  }
  return shown;
}

Result<Statement> parse_statement(std::string_view text, const List& parameters) {
  if (text.size() > kStatementCharactersMax) return not_well_formed("Statement is too long");
  return StatementReader(text, parameters).whole();
}

}  // namespace hearth::services::dynamodb::partiql
