import Recurrent

/// Teaches an Elman cell to say the next character: `hihell` in, `ihello` out. The hidden state itself is the vector of
/// logits, so there are as many units as characters.
@main
enum HiHello {
  static func main() {
    let characters = Array("helo i".filter { $0 != " " })  // h e l o i
    let ids = Dictionary(uniqueKeysWithValues: zip(characters, Int32(0)...))
    let input = "hihell".compactMap { ids[$0] }
    let target = "ihello".compactMap { ids[$0] }

    var initialiser = ParameterInitialiser(seed: 1)
    var model = RecurrentStack(
      Elman(), input: characters.count, hidden: characters.count, initialiser: &initialiser)
    var optimizer = Optimizer(.adam(), for: model)
    let state = model.zeroState(batch: 1)
    // Ids stand for one-hot vectors.
    let sequence = SequenceInput.tokens(input, batch: 1, time: input.count, embedding: nil)

    for step in 1...100 {
      let (loss, gradients) = valueAndGradient(of: model) {
        $0(sequence, state: state).output.softmaxCrossEntropy(target)
      }
      optimizer.update(&model, gradients, rate: 0.1)
      if step % 10 == 0 {
        let text = model(sequence, state: state).output.indicesOfLargest().map { characters[Int($0)] }
        print("step \(step)  loss \(loss.scalar)  \(String(text))")
      }
    }
    let answer = model(sequence, state: state).output.indicesOfLargest()
    precondition(answer == target, "the network did not learn the word")
  }
}
