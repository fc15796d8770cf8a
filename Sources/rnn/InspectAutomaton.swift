import ArgumentParser
import Recurrent
import Tensors

struct InspectAutomaton: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "automaton",
    abstract: "Train a network on a formal language, and draw it as a finite automaton.",
    discussion: """
      The network is trained as by `rnn lab`. Its states are clustered; each cluster is a state of an automaton, and those \
      that no string tells apart become one. The number of clusters is the smallest with which the automaton answers as the \
      network does to all of the strings that it is made from, if there is one. How far it agrees with the network and with \
      the language is measured on other strings.

      Answers: the symbols that may follow (reber; anbn and anbncn, with $ for the end), or even and odd (parity).

      Examples:

        rnn inspect automaton reber --svg reber.svg
        rnn inspect automaton parity --cell gru
        rnn inspect automaton anbn --cell lstm --clusters 40
      """)

  private static let languages: [(name: String, language: any FormalLanguage)] = [
    ("reber", EmbeddedReber()), ("anbn", CountingLanguage(letters: 2, trained: 10)),
    ("anbncn", CountingLanguage(letters: 3, trained: 10)), ("parity", Parity(length: 20)),
  ]

  @Argument(help: "Language: \(languages.map(\.name).joined(separator: ", ")).") var language: String
  @Option(help: "Cell: \(CellKind.allCases.map(\.rawValue).joined(separator: ", ")).") var cell = CellKind.lstm
  @Option(help: "Clusters of states (default: as few as do, up to 64).") var clusters: Int?
  @Option(help: "Strings to make the automaton from, and as many to test it with.") var strings = 500
  @Option(help: "Units (default: the task's own number).") var hidden: Int?
  @Option(help: "Budget of sequences (default: the task's own).") var sequences: Int?
  @Option(help: "Seed of the parameters, the examples and the clusters.") var seed: UInt64 = 1
  @Option(help: "A drawing.") var svg: String?
  @Option(help: "Threads (default: all processors). The result does not depend on it.") var threads: Int?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Show no progress.") var quiet = false

  private static let most = 64
  private static let (making, testing) = (UInt32(300), UInt32(400))

  func validate() throws {
    if chosen == nil {
      throw ValidationError(
        "there is no language '\(language)'; there are \(Self.languages.map(\.name).joined(separator: ", "))")
    }
    try checkPositive([
      ("clusters", clusters), ("strings", strings), ("hidden", hidden), ("sequences", sequences), ("threads", threads),
    ])
  }

  private var chosen: (any FormalLanguage)? { Self.languages.first { $0.name == language }?.language }

  func run() throws {
    guard let chosen else { return }
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    try run(chosen)
  }

  private func run(_ language: some FormalLanguage) throws {
    var recipe = language.recipe
    recipe.hidden = hidden ?? recipe.hidden
    recipe.sequences = sequences ?? recipe.sequences
    let progress = Progress(quiet: quiet)
    let (model, result) = MemoryTrainer(language, cell: cell, recipe: recipe, seed: seed).trained { seen, score in
      progress.show(
        fraction: Double(seen) / Double(recipe.sequences), "\(grouped(seen)) sequences, \(fixed(score.value, 4))")
    }
    progress.clear()
    let traces = language.traces(model, strings, key: RandomKey(seed: seed, stream: Self.making))
    let names = language.symbolNames
    let automaton =
      clusters.map { StateAutomaton(traces, symbols: names.count, clusters: $0, seed: seed) }
      ?? StateAutomaton(traces, symbols: names.count, atMost: Self.most, seed: seed)
    let agreement = automaton.agreement(
      language.traces(model, strings, key: RandomKey(seed: seed, stream: Self.testing)))
    let drawing = AutomatonDrawing(automaton, symbols: names, outputs: language.answerNames)
    if let svg { try AtomicFile.write(Array(drawing.svg.utf8), to: svg) }
    if json {
      return try StandardOutput.line(
        JSONText.encode(
          Output(
            language: language.name, cell: cell.rawValue, solvedAfter: result.solvedAfter, automaton: automaton,
            withNetwork: agreement.network, withLanguage: agreement.truth,
            networkWithLanguage: agreement.networkWithTruth)))
    }
    StandardOutput.line(
      "\(language.name), \(cell.rawValue) of \(recipe.hidden) units: "
        + (result.solvedAfter.map { "solved after \(grouped($0)) sequences" }
          ?? "not solved in \(grouped(result.sequences)) sequences"))
    StandardOutput.line(
      "\(automaton.clusters) clusters, \(automaton.transitions.count) states with the start\n\n\(drawing.table)\n")
    func row(_ name: String, _ value: StateAutomaton.Agreement) -> String {
      let name = name + String(repeating: " ", count: 30 - name.count)
      return "\(name)\(fixed(100 * value.steps, 2)) % of the symbols, \(fixed(100 * value.strings, 2)) % of the strings"
    }
    StandardOutput.line("Agreement on \(grouped(strings)) other strings:")
    StandardOutput.line(row("  automaton and network", agreement.network))
    StandardOutput.line(row("  automaton and language", agreement.truth))
    StandardOutput.line(row("  network and language", agreement.networkWithTruth))
  }

  private struct Output: Encodable {
    var language: String
    var cell: String
    var solvedAfter: Int?
    var automaton: StateAutomaton
    var withNetwork: StateAutomaton.Agreement
    var withLanguage: StateAutomaton.Agreement
    var networkWithLanguage: StateAutomaton.Agreement
  }
}
