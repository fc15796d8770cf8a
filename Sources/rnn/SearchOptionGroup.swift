import ArgumentParser
import Recurrent

/// What outputs must be like.
struct ConstraintOptions: ParsableArguments {
  @Option(help: "Only outputs that match this regular expression as a whole.") var match: String?
  @Option(help: "Only outputs that are lines of this file.") var allowed: String?

  var given: [String] { (match == nil ? [] : ["--match"]) + (allowed == nil ? [] : ["--allowed"]) }

  func check() throws {
    if match != nil && allowed != nil { throw ValidationError("use one of --match and --allowed") }
    if let match {
      do { _ = try RegularExpression(match) } catch { throw ValidationError("\(error)") }
    }
  }

  /// - Parameter multiline: outputs can have several lines.
  /// - Throws: `ConstraintError`, or `TextFileError` for the list.
  func constraint(
    _ tokenizer: Tokenizer, multiline: Bool, encoding: TextEncoding? = nil
  ) throws -> TokenConstraint? {
    if let match { return try TokenConstraint(RegularExpression(match), tokenizer, multiline: multiline) }
    guard let allowed else { return nil }
    let file = try TextFile(reading: allowed, encoding: encoding)
    let lines = String(decoding: file.bytes, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    return try TokenConstraint(allowed: lines, tokenizer, multiline: multiline)
  }

  func constraint(_ encoder: PairEncoder, encoding: TextEncoding? = nil) throws -> TokenConstraint? {
    try constraint(encoder.target, multiline: encoder.reading.multiline, encoding: encoding)
  }
}

/// How outputs are looked for.
struct SearchOptionGroup: ParsableArguments {
  @Option(help: "Hypotheses that are kept at each step; 1 takes the likeliest token always (5).") var beam: Int?
  @Option(name: .customLong("n-best"), help: "Outputs for each source, with scores (1).") var best: Int?
  @Option(name: .customLong("length"), help: "Tokens of an output at most (200).") var length: Int?
  @Option(
    help: "A: log-probabilities are divided by ((5 + tokens) / 6)^A; 0 is in favour of short outputs (1).")
  var lengthPenalty: Double?
  @Option(help: "Weight of the penalty for parts of the source that got no attention (0).") var coveragePenalty: Double?
  @Option(help: "No so many tokens in a row occur twice in an output; 0 for no such rule (0).") var blockNgrams: Int?
  @OptionGroup var constraint: ConstraintOptions

  var given: [String] {
    let options = [
      ("--beam", beam != nil), ("--n-best", best != nil), ("--length", length != nil),
      ("--length-penalty", lengthPenalty != nil), ("--coverage-penalty", coveragePenalty != nil),
      ("--block-ngrams", blockNgrams != nil),
    ]
    return options.filter(\.1).map(\.0) + constraint.given
  }

  var options: SearchOptions {
    SearchOptions(
      beam: beam ?? max(5, best ?? 1), best: best ?? 1, length: length ?? 200, lengthPenalty: lengthPenalty ?? 1,
      coveragePenalty: coveragePenalty ?? 0, blockedNGram: blockNgrams ?? 0)
  }

  func check() throws {
    if let flaw = options.flaw { throw ValidationError("the options ask for \(flaw)") }
    try constraint.check()
  }
}

/// How outputs are shown.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print outputs as plain lines; with --n-best, source, rank, score and output between tabs.")
  var plain = false
  @Flag(help: "Show where the model looked while it wrote: a heat map on a terminal, numbers in JSON.")
  var attention = false
  @Option(help: "Write the heat map of the first source as SVG to this file.") var svg: String?

  var given: [String] {
    (plain ? ["--plain"] : []) + (attention ? ["--attention"] : []) + (svg == nil ? [] : ["--svg"])
  }
}
