import ArgumentParser
import Recurrent
import Synchronization
import Tensors

struct Lab: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See in numbers what cells can remember, and for how long.",
    discussion: """
      Trains small networks on tasks that were made up to tell cells apart, beside what was published about them:

        adding   the sum of two marked numbers out of --length, asked for at the end: a value kept over a long time
        copy     4 letters, said again after --length blanks: several values kept, and given back in their order
        order    two letters that matter, far apart among --length others: which came first?
        reber    the next symbol of the embedded Reber grammar, whose last but one repeats the second
        anbn     the next symbol of a^n b^n, with n up to 10 in training and up to 1,000 in the test: counting
        anbncn   the same of a^n b^n c^n: two counters
        parity   is the number of ones so far odd? A memory that each one turns over

      A plain network (elman) forgets: the gradient that would have taught it to remember shrinks with every step that it \
      flows back. An LSTM's cell keeps a value until a gate lets it go, and so does a GRU's state: see adding and order. \
      Counting shows a limit: an LSTM's cell can grow without bound and counts on beyond what \
      it has seen, a GRU's state lies between -1 and 1 and does not.

      All cells of a task get the same examples, rate and number of units. Training ends when the task is solved or the \
      budget of sequences is spent. The same seed gives the same table.

      Examples:

        rnn lab
        rnn lab adding --length 100 --cells elman,gru,lstm
        rnn lab parity --cells lstm --hidden 2 --sequences 100000 --json
      """)

  @Argument(help: "Tasks: \(MemoryTaskKind.all.map(\.name).joined(separator: ", ")); all of them by default.")
  var tasks: [String] = []
  @Option(help: "Steps of a sequence, of the delay (copy), or the largest n trained on (anbn, anbncn); reber has none.")
  var length: Int?
  @Option(help: "Cells to compare, with commas between: \(CellKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var cells = "elman,gru,lstm"
  @Option(help: "Units (default: the task's own number).") var hidden: Int?
  @Option(help: "Budget of sequences for each cell (default: the task's own).") var sequences: Int?
  @Option(help: "Learning rate of Adam (default: the task's own).") var rate: Float?
  @Option(
    help: """
      Steps that the gates of LSTM and GRU are set to remember at the start (default: as many as the task needs, so that \
      nothing is forgotten before it can be learnt what matters; 1 leaves them half open: see what that costs).
      """)
  var span: Int?
  @Option(help: "Seed of the parameters and of the examples.") var seed: UInt64 = 1
  @Option(help: "Threads (default: all processors); each trains a cell. The result does not depend on it.")
  var threads: Int?
  @Flag(help: "Print one JSON object for each task and cell.") var json = false
  @Flag(help: "Show no progress.") var quiet = false

  private static let mostHidden = 256

  private var chosen: [MemoryTaskKind] {
    MemoryTaskKind.all.filter { tasks.isEmpty || tasks.contains($0.name) }
  }

  /// The cells by name.
  private func kinds() throws -> [CellKind] {
    try cells.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let kind = CellKind(rawValue: String(name)) else {
        throw ValidationError(
          "--cells has '\(name)'; a cell is one of \(CellKind.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return kind
    }
  }

  func validate() throws {
    let names = MemoryTaskKind.all.map(\.name)
    for name in tasks where !names.contains(name) {
      throw ValidationError("there is no task '\(name)'; there are \(names.joined(separator: ", "))")
    }
    for kind in chosen {
      guard let length else { break }
      if kind.lengths == nil, !tasks.isEmpty {
        throw ValidationError("--length is not for \(kind.name), whose grammar decides how long a string is")
      }
      if let lengths = kind.lengths, !lengths.contains(length) {
        throw ValidationError(
          "--length is \(length); for \(kind.name), it must be from \(lengths.lowerBound) to \(lengths.upperBound)")
      }
    }
    if let hidden, hidden < 1 || hidden > Self.mostHidden {
      throw ValidationError("--hidden is \(hidden); it must be from 1 to \(Self.mostHidden)")
    }
    try checkPositive([("sequences", sequences), ("span", span), ("threads", threads)])
    if let rate { try checkRate(rate) }
    _ = try kinds()
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let kinds = try kinds()
    let chosen = chosen.map { $0.task(length: length) }
    let runs = chosen.flatMap { task in
      kinds.map { MemoryTrainer(task, cell: $0, recipe: recipe(task), seed: seed) }
    }
    let table = Mutex(LabTable(chosen, cells: kinds, json: json, progress: Progress(quiet: quiet)))
    ThreadPool.shared.forEach(runs.count) { index in
      let run = runs[index]
      let result = run.train { seen, score in
        table.withLock { $0.tell(index, run, seen, score) }
      }
      table.withLock { $0.add(result, index) }
    }
  }

  private func recipe(_ task: some MemoryTask) -> MemoryRecipe {
    var recipe = task.recipe
    recipe.hidden = hidden ?? recipe.hidden
    recipe.sequences = sequences ?? recipe.sequences
    recipe.rate = rate ?? recipe.rate
    if let span { (recipe.span, recipe.forgetBias) = (span, 0) }
    return recipe
  }
}

/// The results as they come, printed task by task.
private struct LabTable {
  private let tasks: [any MemoryTask]
  private let cells: [CellKind]
  private let json: Bool
  private let progress: Progress
  private var results: [MemoryResult?]
  private var printed = 0
  private var fractions: [Double]

  init(_ tasks: [any MemoryTask], cells: [CellKind], json: Bool, progress: Progress) {
    (self.tasks, self.cells, self.json, self.progress) = (tasks, cells, json, progress)
    results = Array(repeating: nil, count: tasks.count * cells.count)
    fractions = Array(repeating: 0, count: results.count)
  }

  mutating func tell(_ index: Int, _ run: MemoryTrainer, _ seen: Int, _ score: MemoryScore) {
    fractions[index] = Double(seen) / Double(run.recipe.sequences)
    progress.show(
      fraction: fractions.reduce(0, +) / Double(fractions.count),
      "\(run.task.name) \(run.cell.rawValue): \(grouped(seen)) sequences, \(fixed(score.value, 4))")
  }

  /// Prints every task whose cells are done.
  mutating func add(_ result: MemoryResult, _ index: Int) {
    results[index] = result
    fractions[index] = 1
    while printed < tasks.count {
      let rows = results[printed * cells.count..<(printed + 1) * cells.count].compactMap { $0 }
      guard rows.count == cells.count else { return }
      progress.clear()
      if json {
        for row in rows { StandardOutput.line((try? JSONText.encode(row)) ?? "") }
      } else {
        show(tasks[printed], rows)
      }
      StandardOutput.flush()
      printed += 1
    }
  }

  private func show(_ task: any MemoryTask, _ rows: [MemoryResult]) {
    func left(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    StandardOutput.line("\(task.name): \(task.criterion)")
    StandardOutput.line(
      "  " + left("cell", 15) + right("units", 5) + right("parameters", 12) + right("solved after", 22)
        + right("value", 9) + right("reach", 7) + right("seconds", 9))
    for row in rows {
      let solved = row.solvedAfter.map { grouped($0) } ?? "not in \(grouped(row.sequences))"
      StandardOutput.line(
        "  " + left(row.cell, 15) + right("\(row.hidden)", 5) + right(grouped(row.parameters), 12) + right(solved, 22)
          + right(fixed(row.value, 4), 9) + right(row.reach.map { grouped($0) } ?? "", 7)
          + right(fixed(row.seconds, 1), 9))
    }
    StandardOutput.line("  Published: \(task.published).\n")
  }
}
