import Recurrent

/// An explanation on a terminal, and as JSON.
enum ExplanationView {
  struct Output: Encodable {
    struct Token: Encodable {
      var token: String
      var weight: Double
    }

    var text: String
    var label: String
    var probability: Double
    var tokens: [Token]
    var logOdds: Double
    var baselineLogOdds: Double
    var completenessError: Double
    var complete: Bool

    init(_ explanation: Explanation, text: String) {
      self.text = text
      label = explanation.label
      probability = explanation.probability
      tokens = zip(explanation.tokens, explanation.weights).map { Token(token: $0, weight: $1) }
      logOdds = explanation.logOdds
      baselineLogOdds = explanation.baselineLogOdds
      completenessError = explanation.completenessError
      complete = explanation.isComplete
    }
  }

  /// What the weights lead from and to, and how far off they are; a warning where that is too far.
  static func account(_ explanation: Explanation) -> String {
    "log-odds \(fixed(explanation.logOdds, 3)), baseline \(fixed(explanation.baselineLogOdds, 3)), "
      + "completeness error \(fixed(explanation.completenessError, 4))"
      + (explanation.isComplete
        ? ""
        : "; warning: more than \(fixed(explanation.completenessTolerance, 4)), so do not rely on these weights")
  }

  /// The tokens on a background that is the greener the more they speak for the label, and the redder against it.
  static func coloured(_ explanation: Explanation) -> String {
    let most = explanation.weights.map { abs($0) }.max() ?? 0
    let parts = zip(explanation.tokens, explanation.weights).map { token, weight -> String in
      let level = most > 0 ? Int((abs(weight) / most * 4).rounded()) : 0
      guard level > 0 else { return token }
      // The colour cube of 256-colour terminals: 16 + 36 red + 6 green + blue.
      let colour = weight > 0 ? 16 + 6 * level : 16 + 36 * level
      return "\u{1B}[48;5;\(colour);38;5;231m\(token)\u{1B}[0m"
    }
    let separator = explanation.tokens.allSatisfy { $0.count <= 1 } ? "" : " "
    return "\(explanation.label) \(fixed(100 * explanation.probability, 1)) %  " + parts.joined(separator: separator)
      + "\n  " + account(explanation)
  }
}

/// A page of explanations, one below another.
enum ExplanationPage {
  static func page(_ explanations: [Explanation]) -> String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>Why a classifier says what it says</title>
    <style>
    body { font: 16px/1.7 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; color: #222; }
    p { border-bottom: 1px solid #ddd; padding-bottom: .8em; }
    b { display: inline-block; min-width: 9em; }
    span { padding: .1em .15em; border-radius: .2em; }
    small { color: #666; }
    </style></head><body>
    <h1>Weights of tokens</h1>
    <p><small>Green tokens speak for the label that the classifier gives, red ones against it: integrated gradients, in nats \
    of log-odds. Point at a token to read its weight. The weights lead from the baseline, the log-odds where the vectors of \
    all tokens are zero, to the log-odds of the text; the completeness error is what is missing or too much.</small></p>

    """ + explanations.map(paragraph).joined(separator: "\n") + "\n</body></html>\n"
  }

  private static func paragraph(_ explanation: Explanation) -> String {
    let most = explanation.weights.map { abs($0) }.max() ?? 0
    let parts = zip(explanation.tokens, explanation.weights).map { token, weight in
      let strength = most > 0 ? abs(weight) / most : 0
      let colour = weight > 0 ? "34, 160, 70" : "210, 60, 50"
      return "<span style=\"background: rgba(\(colour), \(fixed(0.8 * strength, 3)))\" "
        + "title=\"\(fixed(weight, 3))\">\(escaped(token))</span>"
    }
    let separator = explanation.tokens.allSatisfy { $0.count <= 1 } ? "" : " "
    return "<p><b>\(escaped(explanation.label)) \(fixed(100 * explanation.probability, 1)) %</b> "
      + parts.joined(separator: separator)
      + "<br><small>\(ExplanationView.account(explanation))</small></p>"
  }

  private static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }.joined()
  }
}
