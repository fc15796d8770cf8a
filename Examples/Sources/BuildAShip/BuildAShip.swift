import Recurrent

/// Teaches two Elman layers a long sentence in windows of ten characters, all in one batch, and puts the sentence together
/// again from what the network answers for each window.
@main
enum BuildAShip {
  /// Two recurrent layers and a linear layer on top.
  struct Model: Module {
    var recurrent: RecurrentStack
    var output: Linear

    init(characters: Int) {
      var initialiser = ParameterInitialiser(seed: 1)
      recurrent = RecurrentStack(
        Elman(), input: characters, hidden: characters, layers: 2, initialiser: &initialiser)
      output = Linear(inputs: characters, outputs: characters, initialiser: &initialiser)
    }

    func callAsFunction(_ x: SequenceInput) -> Tensor {
      output(recurrent(x, state: recurrent.zeroState(batch: x.batch)).output)
    }

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try recurrent.visitParameters(under: "recurrent", visit)
      try output.visitParameters(under: "output", visit)
    }
  }

  static let sentence = Array(
    "if you want to build a ship, don't drum up people together to collect wood and don't assign them tasks and work, "
      + "but rather teach them to long for the endless immensity of the sea.")
  static let window = 10

  static func main() {
    let characters = Array(Set(sentence)).sorted()
    let ids = Dictionary(uniqueKeysWithValues: zip(characters, Int32(0)...))
    let tokens = sentence.compactMap { ids[$0] }
    let starts = Array(0..<tokens.count - window)
    let inputs = starts.flatMap { tokens[$0..<$0 + window] }
    let targets = starts.flatMap { tokens[$0 + 1...$0 + window] }
    let batch = SequenceInput.tokens(inputs, batch: starts.count, time: window, embedding: nil)

    var model = Model(characters: characters.count)
    var optimizer = Optimizer(.adam(), for: model)
    for step in 1...100 {
      let (loss, gradients) = valueAndGradient(of: model) { $0(batch).softmaxCrossEntropy(targets) }
      optimizer.update(&model, gradients, rate: 0.1)
      if step % 20 == 0 { print("step \(step)  loss \(loss.scalar)") }
    }

    // The whole answer for the first window, and the last character of each of the others.
    let answers = model(batch).indicesOfLargest()
    var text = answers[..<window].map { characters[Int($0)] }
    for row in starts.dropFirst() { text.append(characters[Int(answers[row * window + window - 1])]) }
    print(String(text))
    let wrong = zip(text, sentence.dropFirst()).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
    precondition(wrong.allSatisfy { $0 < window }, "the network did not learn the sentence: \(wrong)")
  }
}
